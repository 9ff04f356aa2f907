import { z } from 'zod';
import { conditionSchema } from './conditions.ts';
import { EXPRESSION_LEVELS } from './expression-level.ts';
import { PROBE_KINDS } from './kinds.ts';
import { anySelectorSchema, clusterObjectMetaSchema, objectMetaSchema } from './kubernetes.ts';
import { CAPTURE_SCHEMAS, LIMIT_SCHEMAS, maxCapturesSchema, ttlSecondsSchema } from './limits.ts';
import { ALLOW_RULE, dnsLabel, freeText, redactionShape, sinkRefSchema } from './probe.ts';
import { observedGenerationSchema } from './status.ts';

/** The two kinds of policy, which have one spec; the cluster's has a selector of namespaces more. */

export const REQUESTERS = ['Everybody', 'Users', 'OnlyUsers'] as const;
export const ALLOWED = ['Allowed', 'Forbidden'] as const;
export const APPROVAL_NOTES = ['Reason', 'Ticket'] as const;
/** Seconds after which a probe that nobody has approved is over. */
export const APPROVAL_DEADLINE_SECONDS = 86_400;

const patterns = (description: string) =>
  z.array(freeText(256)).min(1).max(32).optional().meta({ description, 'x-kubernetes-list-type': 'atomic' });

const ruleSchema = z
  .object({
    name: dnsLabel.meta({ description: 'Name of the rule, as it is told to whom it concerns.' }),
    action: z.enum(['Allow', 'Deny']).meta({
      description:
        'Deny: what matches is denied. Allow: once a policy has one such rule, it denies everything that none of them matches.',
    }),
    kinds: z.array(z.enum(PROBE_KINDS)).min(1).max(8).optional().meta({
      description: 'Kinds of probe that it matches; all unless given.',
      'x-kubernetes-list-type': 'atomic',
    }),
    files: patterns(
      'Source files that it matches: a path or the end of one, with * for any characters but /, and ** for any. All unless given. What is in a package is allowed only by patterns that name node_modules, or by packages.',
    ),
    functions: patterns('Functions that it matches, by their qualified names, with * for any characters.'),
    packages: patterns('Packages that it matches, in node_modules: express, @nestjs/*, or * for every one.'),
    expressions: z.enum(EXPRESSION_LEVELS).optional().meta({
      description:
        'With Allow: how far expressions may go at most, Checked unless given. With Deny: what is denied is expressions that go as far as this.',
    }),
    otherFrames: z.boolean().optional().meta({
      description:
        'With Allow: whether variables of other frames than that of the line may be captured, true unless given. With Deny: true denies that.',
    }),
    message: freeText(512)
      .optional()
      .meta({ description: 'Said to whoever is denied by it: whom to ask, for example.' }),
  })
  .meta({
    description: 'One rule.',
    'x-kubernetes-validations': [
      {
        rule: "self.action == 'Allow' || !has(self.expressions) || self.expressions != 'PropertiesOnly'",
        message: 'expressions of a Deny rule is Proven or Checked: that properties are read cannot be denied',
      },
      {
        rule: "self.action == 'Allow' || !has(self.otherFrames) || self.otherFrames",
        message: 'otherFrames of a Deny rule is true, or left out',
      },
      {
        rule: "self.action == 'Allow' || !has(self.expressions) || !has(self.otherFrames)",
        message: 'a Deny rule has expressions or otherFrames, not both; write two rules',
      },
    ],
  });

const optionalOf = <T extends Readonly<Record<string, z.ZodType>>>(shape: T) =>
  z
    .object(
      Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.optional()])) as {
        [K in keyof T]: z.ZodOptional<T[K]>;
      },
    )
    .optional();

/** Every number that a policy sets, as default or as maximum. */
const limitValuesSchema = z.object({
  ttlSeconds: ttlSecondsSchema.optional().meta({ description: 'spec.ttlSeconds.' }),
  maxCaptures: maxCapturesSchema.optional().meta({ description: 'spec.maxCaptures of a Snapshot.' }),
  limits: optionalOf({ ...LIMIT_SCHEMAS, capturesPerSecond: LIMIT_SCHEMAS.hitsPerSecond }).meta({
    description: 'spec.limits. capturesPerSecond is hitsPerSecond of a Snapshot, for which both count.',
  }),
  capture: optionalOf(CAPTURE_SCHEMAS).meta({ description: 'spec.capture of a Snapshot.' }),
});

const quotaValuesSchema = z.object({
  probes: z.int().min(0).max(100_000).optional().meta({ description: 'Probes at a time.' }),
  cpuMillisecondsPerSecond: z.int().min(0).max(1_000_000).optional().meta({
    description: 'Sum of limits.cpuMillisecondsPerSecond of those probes.',
  }),
});

const policyShape = {
  podSelector: anySelectorSchema.optional().meta({
    description: 'Pods that it is about, by their labels; all unless given.',
  }),
  requesters: z.enum(REQUESTERS).default('Everybody').meta({
    description:
      'Whose probes it is about. Users: of those who have the RBAC verb use on this policy. OnlyUsers: everybody, and who has not the verb use is denied.',
  }),
  rules: z
    .array(ruleSchema)
    .max(64)
    .optional()
    .meta({
      description: 'What may be probed. Its patterns have at most 8192 characters together.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  defaults: limitValuesSchema.optional().meta({
    description: 'What counts where a probe says nothing; of several policies the strictest.',
  }),
  maxima: limitValuesSchema.optional().meta({
    description: 'The most that counts: what a probe asks for beyond is cut to it, and its status says so.',
  }),
  quota: z
    .object({
      namespace: quotaValuesSchema.optional().meta({ description: 'For each namespace.' }),
      workload: quotaValuesSchema.optional().meta({ description: 'For each workload that probes name or match.' }),
      requester: quotaValuesSchema.optional().meta({ description: 'For each requester.' }),
    })
    .optional()
    .meta({ description: 'How many probes at a time, and how much CPU they may ask for together.' }),
  attach: z.enum(ALLOWED).optional().meta({
    description: 'Whether an agent may be added to a running pod for a probe; Forbidden of any policy decides.',
  }),
  sinks: z
    .object({
      allowed: z.array(sinkRefSchema).max(32).meta({
        description: 'Sinks that spec.sinkRefs may name.',
        'x-kubernetes-list-type': 'atomic',
      }),
    })
    .optional()
    .meta({ description: 'Where results may go besides status and the log of the agent; anywhere unless given.' }),
  redaction: z
    .object(redactionShape)
    .optional()
    .meta({
      description: 'What is hidden in addition to what is hidden anyway.',
      'x-kubernetes-validations': [ALLOW_RULE],
    }),
  standing: z.enum(ALLOWED).optional().meta({
    description: 'Whether probes without an end are allowed; Forbidden of any policy decides.',
  }),
  approval: z
    .object({
      deadlineSeconds: z.int().min(60).max(2_592_000).default(APPROVAL_DEADLINE_SECONDS).meta({
        description: 'Seconds after which a probe that nobody has approved is over.',
      }),
      requires: z.array(z.enum(APPROVAL_NOTES)).max(2).optional().meta({
        description: 'What an approval must say.',
        'x-kubernetes-list-type': 'set',
      }),
    })
    .optional()
    .meta({
      description:
        'Probes wait until somebody other than their requester, who has the RBAC verb approve on this policy, approves them.',
    }),
  stopped: z
    .object({ reason: freeText(512).meta({ description: 'Why, as it is told to whom it concerns.' }) })
    .optional()
    .meta({
      description: 'Takes every probe that it is about out of every process, and holds new ones, while it is there.',
    }),
};

const count = z.int().min(0);

export const policyStatusSchema = z
  .object({
    observedGeneration: observedGenerationSchema,
    probes: z
      .object({
        governed: count.meta({ description: 'Probes that it is about.' }),
        denied: count.meta({ description: 'Those of them that it denies.' }),
        held: count.meta({
          description: 'Those of them that wait because of it: for approval, for quota, or while it is stopped.',
        }),
      })
      .optional()
      .meta({ description: 'Counts of probes.' }),
    deniedRequests: count.optional().meta({
      description: 'Requests that admission has refused because of it, since it was created.',
    }),
    redactions: z
      .array(
        z.object({
          hash: z.string().max(64).optional().meta({
            description:
              'Hash of the rules of the probe and of all policies together, as in status.redactionHash of the probe; absent for those that are always in force.',
          }),
          processes: count.meta({
            description: 'Processes that have a probe under these rules in their code, as they have said last.',
          }),
          current: z.boolean().meta({
            description: 'Whether they are the rules that are to be in force there; else newer ones are on their way.',
          }),
        }),
      )
      .max(10)
      .optional()
      .meta({
        description:
          'Only of a policy with redaction: which rules are in force in how many processes that have a probe that it is about and whose agent is connected. Outdated ones first, then those of most processes.',
        'x-kubernetes-list-type': 'atomic',
      }),
    moreRedactions: count.optional().meta({ description: 'Entries of redactions that are left out.' }),
    stop: z
      .object({
        processes: count.meta({ description: 'Processes that may still have a probe that it is about.' }),
        lastCleanTime: z.iso.datetime({ offset: true }).optional().meta({
          description: 'From which second on no process has had any of its probes, as they reported.',
        }),
      })
      .optional()
      .meta({ description: 'Only while it is stopped.' }),
    conflicts: z
      .array(
        z.object({
          policy: z.string().max(320).meta({ description: 'Kind and name of the other policy.' }),
          message: z.string().max(512).meta({ description: 'What the two say of the same, and which counts.' }),
        }),
      )
      .max(16)
      .optional()
      .meta({
        description: 'Other policies by which a part of this one has no effect.',
        'x-kubernetes-list-type': 'atomic',
      }),
    conditions: z
      .array(conditionSchema)
      .max(16)
      .optional()
      .meta({
        description: 'Ready says whether it is enforced.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
  })
  .meta({ description: 'What was observed.' });

const clusterPolicyShape = {
  namespaceSelector: anySelectorSchema.optional().meta({
    description: 'Namespaces that it is about, by their labels; all unless given.',
  }),
  ...policyShape,
};

const SPEC = { description: 'What may be looked at, by whom, and how much.' };
export const policySpecSchema = z.object(policyShape).meta(SPEC);
export const clusterPolicySpecSchema = z.object(clusterPolicyShape).meta(SPEC);

/** Of the policy that always governs: it cannot be about some pods or some requesters only, as every probe needs a value for every limit. */
export const defaultPolicySpecSchema = z
  .strictObject(policyShape)
  .omit({ podSelector: true })
  .extend({
    requesters: z.literal('Everybody').default('Everybody'),
  });

const apiVersion = z.literal('davylamp.dev/v1alpha1');

export const policySchema = z
  .object({
    apiVersion,
    kind: z.literal('InstrumentationPolicy'),
    metadata: objectMetaSchema,
    spec: policySpecSchema,
    status: policyStatusSchema.optional(),
  })
  .meta({
    description: 'What probes of its namespace may do. It only takes away from what the cluster’s policies allow.',
  });

export const clusterPolicySchema = z
  .object({
    apiVersion,
    kind: z.literal('ClusterInstrumentationPolicy'),
    metadata: clusterObjectMetaSchema,
    spec: clusterPolicySpecSchema,
    status: policyStatusSchema.optional(),
  })
  .meta({ description: 'What probes may do in the namespaces of the cluster.' });

export type InstrumentationPolicy = z.infer<typeof policySchema>;
export type ClusterInstrumentationPolicy = z.infer<typeof clusterPolicySchema>;
export type Policy = InstrumentationPolicy | ClusterInstrumentationPolicy;
export type PolicyKind = Policy['kind'];
/** The spec of either kind. */
export type PolicySpec = z.infer<typeof clusterPolicySpecSchema>;
export type PolicyRule = z.infer<typeof ruleSchema>;
export type PolicyLimits = z.infer<typeof limitValuesSchema>;
export type PolicyStatus = z.infer<typeof policyStatusSchema>;
