import { z } from 'zod';
import { anySelectorSchema } from '../../api/kubernetes.ts';
import { DocumentIssues } from '../manifests/document-issues.ts';
import { headOf } from '../manifests/object-head.ts';
import { objectForm, type ReadObject, readObject } from '../manifests/read-object.ts';
import type { YamlDocument } from '../manifests/yaml-source.ts';

/** The four kinds of RBAC, checked as the API server does: a slip in who may use a policy must not pass for a grant, or for none. */

const GROUP = 'rbac.authorization.k8s.io';
const VERSION = `${GROUP}/v1`;

/** Names of roles and bindings may be anything that is one segment of a path, system:node too. */
const name = z
  .string()
  .min(1)
  .refine((text) => text !== '.' && text !== '..' && !/[/%]/.test(text), 'Must be no . or .. and contain no / or %');
/** In JSON of Kubernetes, null is an empty list. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const texts = listOf(z.string());

const metadata = { name, labels: z.record(z.string(), z.string()).nullish() };
const namespacedSchema = z.object({ ...metadata, namespace: z.string().min(1).default('default') });
const clusterSchema = z.object(metadata);

const ruleSchema = z
  .object({ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts, nonResourceURLs: texts })
  .check(({ value, issues }) => {
    const needs = (field: 'verbs' | 'apiGroups' | 'resources', of: string) => {
      if (value[field].length > 0) return;
      const message = `a rule${of} needs at least one entry in ${field}`;
      issues.push({ code: 'custom', message, input: value, path: [field] });
    };
    needs('verbs', '');
    if (value.nonResourceURLs.length === 0) {
      needs('apiGroups', ' about resources');
      needs('resources', ' about resources');
    } else if (value.apiGroups.length + value.resources.length + value.resourceNames.length > 0) {
      const message = 'a rule is about resources or about nonResourceURLs; write two rules';
      issues.push({ code: 'custom', message, input: value, path: ['nonResourceURLs'] });
    }
  });

const subjectSchema = z
  .object({
    kind: z.enum(['User', 'Group', 'ServiceAccount']),
    name: z.string().min(1),
    namespace: z.string().optional(),
    apiGroup: z.string().optional(),
  })
  .check(({ value: { kind, apiGroup = '' }, issues, value }) => {
    const expected = kind === 'ServiceAccount' ? '' : GROUP;
    if (apiGroup === '' || apiGroup === expected) return;
    const message = `of a ${kind} must be ${expected === '' ? 'left out' : expected}`;
    issues.push({ code: 'custom', message, input: value, path: ['apiGroup'] });
  });

const roleRef = <K extends z.ZodType>(kind: K) => z.object({ apiGroup: z.literal(['', GROUP]).optional(), kind, name });
const head = <K extends string>(kind: K) => ({ apiVersion: z.literal(VERSION), kind: z.literal(kind) });

const roleSchema = z
  .object({ ...head('Role'), metadata: namespacedSchema, rules: listOf(ruleSchema) })
  .check(({ value: { rules }, issues, value }) => {
    for (const [index, { nonResourceURLs }] of rules.entries()) {
      if (nonResourceURLs.length === 0) continue;
      const path = ['rules', index, 'nonResourceURLs'];
      const message = 'only a ClusterRole has rules about nonResourceURLs';
      issues.push({ code: 'custom', message, input: value, path });
    }
  });
const clusterRoleSchema = z.object({
  ...head('ClusterRole'),
  metadata: clusterSchema,
  rules: listOf(ruleSchema),
  aggregationRule: z.object({ clusterRoleSelectors: z.array(anySelectorSchema).min(1) }).nullish(),
});
const roleBindingSchema = z.object({
  ...head('RoleBinding'),
  metadata: namespacedSchema,
  subjects: listOf(subjectSchema),
  roleRef: roleRef(z.enum(['Role', 'ClusterRole'])),
});
const clusterRoleBindingSchema = z
  .object({
    ...head('ClusterRoleBinding'),
    metadata: clusterSchema,
    subjects: listOf(subjectSchema),
    roleRef: roleRef(z.literal('ClusterRole')),
  })
  .check(({ value: { subjects }, issues, value }) => {
    for (const [index, { kind, namespace = '' }] of subjects.entries()) {
      if (kind !== 'ServiceAccount' || namespace !== '') continue;
      const path = ['subjects', index, 'namespace'];
      const message = 'a ServiceAccount of a ClusterRoleBinding needs its namespace';
      issues.push({ code: 'custom', message, input: value, path });
    }
  });

export type PolicyRule = z.infer<typeof ruleSchema>;
export type Subject = z.infer<typeof subjectSchema>;
export type Role = z.infer<typeof roleSchema>;
export type ClusterRole = z.infer<typeof clusterRoleSchema>;
export type Binding = z.infer<typeof roleBindingSchema> | z.infer<typeof clusterRoleBindingSchema>;
export type RbacObject = Role | ClusterRole | Binding;

const OPEN = ['metadata'];
const FORMS = {
  Role: objectForm(roleSchema, OPEN),
  ClusterRole: objectForm(clusterRoleSchema, OPEN),
  RoleBinding: objectForm(roleBindingSchema, OPEN),
  ClusterRoleBinding: objectForm(clusterRoleBindingSchema, OPEN),
} as const;
const KINDS = Object.keys(FORMS);

/** Reads one object of RBAC. @returns undefined for objects of other API groups. */
export function readRbac(document: YamlDocument, file: string): ReadObject<RbacObject> | undefined {
  const found = headOf(document);
  if (found?.group !== GROUP) return undefined;
  const { apiVersion, kind, title } = found;
  const issues = new DocumentIssues(document, file, title);
  if (apiVersion !== VERSION) issues.add(['apiVersion'], `${apiVersion} is not served; use ${VERSION}`);
  else if (!isKnown(kind)) issues.add(['kind'], `"${kind}" is not known; there are ${KINDS.join(', ')}`);
  if (issues.list.length > 0 || !isKnown(kind)) return { issues: issues.list };
  return readObject<RbacObject>(document, file, title, FORMS[kind]);
}

const isKnown = (kind: string): kind is keyof typeof FORMS => KINDS.includes(kind);
