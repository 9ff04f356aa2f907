import { z } from 'zod';
import { API_VERSION } from '../../api/kinds.ts';
import type { Requester } from '../../policy/requester.ts';
import { POLICY_TEST_KIND } from '../manifests/read-document.ts';
import { serviceAccountUser } from '../policies/subjects.ts';
import { VERDICTS } from '../policies/verdict.ts';

/** The file format of `davylamp policy test`: what is to be decided, and what for. */

const text = z.string().min(1);
const labels = z.record(text, z.string());

const personShape = {
  username: text.optional().meta({ description: 'Name of a user, as the API server knows it.' }),
  groups: z.array(text).optional().meta({
    description: 'Groups of the user besides those that the API server adds: system:authenticated and the like.',
  }),
  serviceAccount: z
    .string()
    .regex(/^[^/:]+\/[^/:]+$/, 'Must be NAMESPACE/NAME')
    .optional()
    .meta({ description: 'NAMESPACE/NAME of a service account; the alternative to username.' }),
};
const isOnePerson = ({ username, groups, serviceAccount }: Person): boolean =>
  (username === undefined) !== (serviceAccount === undefined) && (groups === undefined || username !== undefined);
const ONE_PERSON = 'needs either username (with groups) or serviceAccount';

interface Person {
  readonly username?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly serviceAccount?: string | undefined;
}

const expectSchema = z.object({
  decision: z.enum(VERDICTS).meta({ description: 'What becomes of the probe.' }),
  policy: text.optional().meta({
    description:
      'Who denies, asks for approval or has stopped: ClusterInstrumentationPolicy developers, the default policy.',
  }),
  rule: text.optional().meta({ description: 'The rule by which it is denied.' }),
  message: text.optional().meta({ description: 'Part of the sentence that says why.' }),
  effective: z.record(z.string(), z.unknown()).optional().meta({
    description:
      'A part of the spec that counts. Members of objects are compared one by one, lists as a whole; null is what is not there.',
  }),
  policies: z.array(text).optional().meta({
    description: 'Names of the policies that govern the probe besides the default policy, in any order.',
  }),
  cuts: z.array(text).optional().meta({
    description: 'Fields that ask for more than a maximum, in any order: limits.maxHits.',
  }),
});

const caseSchema = z
  .object({
    name: text.meta({ description: 'What is tested, as a sentence.' }),
    requester: z.object(personShape).refine(isOnePerson, ONE_PERSON).meta({ description: 'Who asks for the probe.' }),
    namespace: text.optional().meta({
      description: 'Namespace of the probe where its manifest says none; default unless given.',
    }),
    namespaceLabels: labels.optional().meta({ description: 'Labels of the namespace besides those of its manifest.' }),
    podLabels: labels.optional().meta({
      description: 'Labels of a pod that matches; those that the selector of the probe demands unless given.',
    }),
    manifest: text.optional().meta({ description: 'File with one probe, relative to this file.' }),
    probe: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'The probe itself, in the place of manifest.' }),
    approvedBy: z
      .object({
        ...personShape,
        reason: text.optional().meta({ description: 'The reason that the approval gives.' }),
        ticket: text.optional().meta({ description: 'The ticket that the approval names.' }),
      })
      .refine(isOnePerson, ONE_PERSON)
      .optional()
      .meta({ description: 'Who approves the probe.' }),
    expect: expectSchema.meta({ description: 'What is expected; what is left out may be anything.' }),
  })
  .refine(
    ({ manifest, probe }) => (manifest === undefined) !== (probe === undefined),
    'needs either manifest or probe',
  );

export const policyTestSchema = z
  .object({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(POLICY_TEST_KIND),
    metadata: z.object({ name: text.meta({ description: 'Name of the test, before the names of its cases.' }) }),
    policies: z.array(text).optional().meta({
      description: 'Files and directories with policies, RBAC and Namespaces, at any depth, relative to this file.',
    }),
    defaultPolicy: text.optional().meta({
      description:
        'File with a ClusterInstrumentationPolicy in the place of the built-in default policy, relative to this file.',
    }),
    cases: z.array(caseSchema).min(1).meta({ description: 'What is decided, and what is expected.' }),
  })
  .meta({ description: 'Cases for davylamp policy test. No object of a cluster.' });

export type PolicyTest = z.infer<typeof policyTestSchema>;
export type TestCase = PolicyTest['cases'][number];
export type Expectation = TestCase['expect'];

/** @param person one that the schema has accepted. */
export function requesterOf({ username = '', groups = [], serviceAccount }: Person): Requester {
  if (serviceAccount === undefined) return { username, groups };
  const [namespace = '', name = ''] = serviceAccount.split('/');
  return { username: serviceAccountUser(namespace, name), groups: [] };
}

/** The format as JSON Schema, for editors. Members that it does not have are errors, as they are where tests are run. */
export function policyTestJsonSchema(): object {
  const closed = ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
    if (jsonSchema.properties !== undefined) jsonSchema.additionalProperties = false;
  };
  return { title: POLICY_TEST_KIND, ...z.toJSONSchema(policyTestSchema, { io: 'input', override: closed }) };
}
