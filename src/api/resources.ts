import type { z } from 'zod';
import { condition, GROUP, KINDS, PROBE_KINDS, type PrinterColumn, type ProbeKind, VERSION } from './kinds.ts';
import { clusterPolicySchema, type PolicyKind, policySchema } from './policy.ts';

/** Every kind of the API group, for what is the same for all: definitions, reference pages, schemas for editors, manifests. */

export type ResourceKind = ProbeKind | PolicyKind;

export interface ResourceFacts {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** `kubectl get CATEGORY` lists the objects of all kinds in it. */
  readonly categories: readonly string[];
  readonly schema: z.ZodObject;
  readonly columns: readonly PrinterColumn[];
}

/** `kubectl get davylamp` lists every probe. */
export const PROBE_CATEGORY = 'davylamp';

const POLICY_COLUMNS: readonly PrinterColumn[] = [
  { name: 'Requesters', type: 'string', jsonPath: '.spec.requesters', description: 'Whose probes it is about.' },
  { name: 'Enforced', type: 'string', jsonPath: condition('Ready', 'status'), description: 'Whether it is enforced.' },
  { name: 'Probes', type: 'integer', jsonPath: '.status.probes.governed', description: 'Probes that it is about.' },
  { name: 'Denied', type: 'integer', jsonPath: '.status.probes.denied', description: 'Those that it denies.' },
  { name: 'Held', type: 'integer', jsonPath: '.status.probes.held', description: 'Those that wait because of it.' },
  { name: 'Stopped', type: 'string', jsonPath: '.spec.stopped.reason', description: 'Why every probe is held.' },
  {
    name: 'Clean',
    type: 'string',
    jsonPath: '.status.stop.lastCleanTime',
    description: 'When no process had a probe any more.',
    priority: 1,
  },
  {
    name: 'Message',
    type: 'string',
    jsonPath: condition('Ready', 'message'),
    description: 'The summary in words.',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since when it exists.' },
];

export const POLICY_RESOURCES = {
  InstrumentationPolicy: {
    plural: 'instrumentationpolicies',
    singular: 'instrumentationpolicy',
    shortNames: ['dpol'],
    scope: 'Namespaced',
    categories: [],
    schema: policySchema,
    columns: POLICY_COLUMNS,
  },
  ClusterInstrumentationPolicy: {
    plural: 'clusterinstrumentationpolicies',
    singular: 'clusterinstrumentationpolicy',
    shortNames: ['dcpol'],
    scope: 'Cluster',
    categories: [],
    schema: clusterPolicySchema,
    columns: POLICY_COLUMNS,
  },
} as const satisfies Readonly<Record<PolicyKind, ResourceFacts>>;

export const POLICY_KINDS = Object.keys(POLICY_RESOURCES) as PolicyKind[];

/** In the order of the docs. */
export const RESOURCE_KINDS: readonly ResourceKind[] = [...PROBE_KINDS, ...POLICY_KINDS];

export function resourceFacts(kind: ResourceKind): ResourceFacts {
  if (isPolicyKind(kind)) return POLICY_RESOURCES[kind];
  return { ...KINDS[kind], scope: 'Namespaced', categories: [PROBE_CATEGORY] };
}

export function isPolicyKind(kind: string): kind is PolicyKind {
  return POLICY_KINDS.some((known) => known === kind);
}

/** A kind of policy as the paths of the API server name it. */
export function policyResource(kind: PolicyKind) {
  const { plural, scope } = POLICY_RESOURCES[kind];
  return { group: GROUP, version: VERSION, plural, kind, namespaced: scope === 'Namespaced' };
}
