import type { z } from 'zod';
import { type DynamicLog, dynamicLogSchema } from './dynamiclog.ts';
import { type Snapshot, snapshotSchema } from './snapshot.ts';

export const GROUP = 'davylamp.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export type Probe = DynamicLog | Snapshot;
export type ProbeKind = Probe['kind'];

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

/** The JSONPath of a member of a condition, for the columns of `kubectl get`. */
export const condition = (type: string, member: string): string => `.status.conditions[?(@.type=="${type}")].${member}`;

const columns = (found: PrinterColumn): readonly PrinterColumn[] => [
  {
    name: 'Armed',
    type: 'string',
    jsonPath: condition('Armed', 'status'),
    description: 'Whether the probe is in the code.',
  },
  { name: 'Reason', type: 'string', jsonPath: condition('Armed', 'reason'), description: 'Why, or why not.' },
  { name: 'Location', type: 'string', jsonPath: '.status.location', description: 'Where it is bound.' },
  { name: 'Pods', type: 'integer', jsonPath: '.status.pods.armed', description: 'Pods in which it is armed.' },
  found,
  { name: 'Until', type: 'string', jsonPath: '.status.expirationTime', description: 'When it expires.' },
  { name: 'Matched', type: 'integer', jsonPath: '.status.pods.matched', description: 'Pods that match.', priority: 1 },
  {
    name: 'Failed',
    type: 'integer',
    jsonPath: '.status.pods.failed',
    description: 'Pods that refused it.',
    priority: 1,
  },
  {
    name: 'Attached',
    type: 'integer',
    jsonPath: '.status.pods.attached',
    description: 'Pods whose agent was added while they ran.',
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

/** A field of a spec that is an expression (or a list of them), or a message with expressions in braces. */
export type ExpressionForm = 'expression' | 'template';

interface KindFacts {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly schema: z.ZodObject;
  /** The fields of `spec` that hold expressions, in the order in which errors in them are reported. */
  readonly expressions: Readonly<Record<string, ExpressionForm>>;
  readonly columns: readonly PrinterColumn[];
}

/** What the API server, the docs and the CLI need to know of each kind. The order is the order of the docs. */
export const KINDS = {
  DynamicLog: {
    plural: 'dynamiclogs',
    singular: 'dynamiclog',
    shortNames: ['dlog'],
    schema: dynamicLogSchema,
    expressions: { message: 'template', condition: 'expression' },
    columns: columns({ name: 'Hits', type: 'integer', jsonPath: '.status.hits', description: 'Lines reported.' }),
  },
  Snapshot: {
    plural: 'snapshots',
    singular: 'snapshot',
    shortNames: ['dsnap'],
    schema: snapshotSchema,
    expressions: { condition: 'expression', watch: 'expression' },
    columns: columns({
      name: 'Captures',
      type: 'integer',
      jsonPath: '.status.captureCount',
      description: 'Captures taken.',
    }),
  },
} as const satisfies Readonly<Record<string, KindFacts>>;

export const PROBE_KINDS = Object.keys(KINDS) as ProbeKind[];

/** A kind as the paths of the API server name it. */
export function probeResource(kind: ProbeKind) {
  return { group: GROUP, version: VERSION, plural: KINDS[kind].plural, kind, namespaced: true };
}

/** What one result of the kind is called: `3 hits`, `1 capture`. */
export function countResults(kind: ProbeKind, count: number): string {
  return `${count} ${RESULT_NAMES[kind]}${count === 1 ? '' : 's'}`;
}

const RESULT_NAMES: Readonly<Record<ProbeKind, string>> = { DynamicLog: 'hit', Snapshot: 'capture' };
