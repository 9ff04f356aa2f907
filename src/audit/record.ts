import { z } from 'zod';
import { PROBE_KINDS } from '../api/kinds.ts';
import { locationSchema } from '../api/probe.ts';
import { REASON_NAMES } from '../api/reasons.ts';

/** What is audited of a probe, in the order in which it happens. */
export const AUDIT_STEPS = {
  Requested: 'Somebody has written its spec: it is new, or its spec has changed.',
  Denied: 'Admission has refused a request because of policies, and nothing was stored.',
  Decided: 'Policies were asked, for the first time or again since something has changed.',
  Clamped: 'A policy has cut a number that the probe asks for.',
  AwaitingApproval: 'It waits for somebody else to approve it.',
  Approved: 'Somebody has approved it.',
  Armed: 'A process has said that it has the probe, and under which rules of redaction.',
  FirstHit: 'A pod has had its first hit.',
  Released: 'The first result of a pod under these rules of redaction has gone to a sink.',
  Removed: 'It is out.',
} as const;
export type AuditStep = keyof typeof AUDIT_STEPS;
export const AUDIT_STEP_NAMES = Object.keys(AUDIT_STEPS) as AuditStep[];

/** Groups of a requester that are named; how many more there are is counted. */
export const MOST_GROUPS = 64;
/** Denials and policies that one record names. */
export const MOST_NAMED = 32;
/** UTF-16 units of any text that somebody else wrote. */
export const MOST_TEXT = 1024;

const text = z.string().max(MOST_TEXT);
const count = z.int().min(0);
const reason = z.enum(REASON_NAMES);
const redactionHash = text.optional().meta({ description: 'Absent for the rules that are always in force.' });
const denials = z.array(z.strictObject({ policy: text, rule: text.optional(), field: text })).max(MOST_NAMED);
const others = count.optional().meta({ description: 'How many more there are.' });
const pod = z.strictObject({ name: text, uid: text });
const process = z.strictObject({
  instanceID: text.meta({ description: 'Made by the process at its start: tells it from the one after a restart.' }),
  containerName: text.optional(),
  processID: count.optional(),
  threadID: count.optional(),
});

const shape = {
  stream: z.literal('audit'),
  time: z.iso.datetime().meta({ description: 'When the operator wrote the record.' }),
  id: text.meta({ description: 'The same whenever the same is written again.' }),
  probe: z.strictObject({
    kind: z.enum(PROBE_KINDS),
    namespace: text,
    name: text,
    uid: text,
    resourceVersion: text.meta({ description: 'Of the object that the operator had.' }),
    generation: count,
  }),
  requester: z
    .strictObject({
      username: text,
      uid: text.optional(),
      groups: z.array(text).max(MOST_GROUPS).optional(),
      otherGroups: count.optional().meta({ description: 'Groups that are not named.' }),
    })
    .optional(),
  location: locationSchema,
};

/** One record, as it is written: a JSON object in a line of its own. No member holds a value of a program, or text of an expression. */
export const auditRecordSchema = z.discriminatedUnion('step', [
  z.strictObject({ ...shape, step: z.literal('Requested').meta({ description: AUDIT_STEPS.Requested }) }),
  z.strictObject({
    ...shape,
    step: z.literal('Denied').meta({ description: AUDIT_STEPS.Denied }),
    operation: z.enum(['CREATE', 'UPDATE']),
    reason,
    denials,
    otherDenials: others,
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Decided').meta({ description: AUDIT_STEPS.Decided }),
    reason,
    policies: z
      .array(z.strictObject({ name: text, uid: text.optional(), generation: count.optional() }))
      .max(MOST_NAMED)
      .meta({ description: 'Those that govern the probe.' }),
    denials: denials.meta({ description: 'Why it goes into none of its pods, or, where it is accepted, of some.' }),
    otherPolicies: others,
    otherDenials: others,
    redactionHash,
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Clamped').meta({ description: AUDIT_STEPS.Clamped }),
    policy: text,
    field: text,
    asked: z.number(),
    effective: z.number(),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('AwaitingApproval').meta({ description: AUDIT_STEPS.AwaitingApproval }),
    reason,
    policies: z.array(text).max(MOST_NAMED).meta({ description: 'Those whose approval is missing.' }),
    otherPolicies: others,
    deadline: z.iso.datetime(),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Approved').meta({ description: AUDIT_STEPS.Approved }),
    policy: text,
    approvedBy: text,
    approvedTime: text,
    note: text.optional().meta({ description: 'Why, in the words of who approved it.' }),
    ticket: text.optional(),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Armed').meta({ description: AUDIT_STEPS.Armed }),
    pod,
    process,
    redactionHash,
    bound: text.optional().meta({ description: 'file:line:column where it was bound.' }),
    placement: text.optional(),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('FirstHit').meta({ description: AUDIT_STEPS.FirstHit }),
    pod,
    process,
    hitTime: z.iso.datetime().optional().meta({ description: 'Absent where only a count was reported.' }),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Released').meta({ description: AUDIT_STEPS.Released }),
    pod,
    process,
    sink: z.literal('StandardOutput'),
    redactionHash,
    hitTime: z.iso.datetime().optional(),
  }),
  z.strictObject({
    ...shape,
    step: z.literal('Removed').meta({ description: AUDIT_STEPS.Removed }),
    reason,
    isConfirmed: z.boolean().meta({ description: 'Whether every process has said that it is without the probe.' }),
    pods: count.meta({ description: 'Pods in which it was armed while this operator led.' }),
    hits: count.meta({ description: 'Results of all processes, as in its status.' }),
    released: count.meta({ description: 'Results that this operator knows to have gone to a sink.' }),
  }),
]);

export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** Members that all records have. */
export type AuditSubject = Pick<AuditRecord, 'probe' | 'requester' | 'location'>;

type Without<Member, Keys extends PropertyKey> = Member extends unknown ? Omit<Member, Keys> : never;

/** A record before it is written. */
export type AuditEntry = Without<AuditRecord, 'stream' | 'time'>;
/** What the steps of one probe differ in. */
export type AuditDetails = Without<AuditRecord, 'stream' | 'time' | 'id' | keyof AuditSubject>;
