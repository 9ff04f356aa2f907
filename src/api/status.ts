import { z } from 'zod';
import { conditionSchema } from './conditions.ts';
import { EXPRESSION_LEVELS } from './expression-level.ts';
import { instanceStateSchema, placementSchema } from './instance-state.ts';
import { CAPTURE_SCHEMAS, LIMIT_SCHEMAS } from './limits.ts';

export type { InstanceState, PlacementKind } from './instance-state.ts';

/** The part of `status` that every probe has. Every list is bounded; failures come first. */

const count = z.int().min(0);
const text = (max: number) => z.string().max(max);

export const droppedSchema = z.object({
  reason: text(64).meta({ description: 'Why, from the table of reasons.' }),
  count: count.meta({ description: 'How many results.' }),
});

export const costSchema = z
  .object({
    cpuMilliseconds: z.number().min(0).optional().meta({ description: 'CPU time that hits took, over all processes.' }),
    p50Microseconds: z.number().min(0).optional().meta({ description: 'Median cost of a hit.' }),
    p99Microseconds: z.number().min(0).optional().meta({ description: 'Cost of a hit that 1 % exceed.' }),
    stallMilliseconds: z
      .number()
      .min(0)
      .optional()
      .meta({ description: 'Longest stop of one process when the probe was placed.' }),
    sampledShare: z.number().min(0).max(1).optional().meta({
      description:
        'Only when the probe is sampled: the share of the time in which it is in the code, in the process where that is least.',
    }),
  })
  .meta({ description: 'What the probe cost the application.' });

/** The ways in which an agent comes into a pod. */
export const AGENT_WAYS = ['Injected', 'Attached'] as const;
export type AgentWay = (typeof AGENT_WAYS)[number];

export const instanceSchema = z
  .object({
    podName: text(253),
    containerName: text(63).optional(),
    agent: z.enum(AGENT_WAYS).optional().meta({
      description:
        'How the agent came into the pod: Injected when the pod was created, Attached while it ran. Absent while it has none.',
    }),
    agentContainerName: text(63).optional().meta({
      description: 'Container of the agent, whose log has every result: kubectl logs POD -c NAME.',
    }),
    processID: z.int().min(0).optional().meta({ description: 'Process id inside the container.' }),
    threadID: z.int().min(1).optional().meta({
      description: 'Worker thread of the process that speaks for itself; absent for its main thread.',
    }),
    instanceID: text(64).optional().meta({
      description: 'Made by the process when it starts: tells a restarted process from the old one.',
    }),
    state: instanceStateSchema,
    reason: text(64).optional(),
    message: text(1024).optional(),
    location: text(600).optional().meta({ description: 'Where it was bound: file:line:column.' }),
    placement: z.optional(placementSchema),
    hits: count.optional(),
    sampledShare: z.number().min(0).max(1).optional().meta({
      description: 'Only when the probe is sampled: the share of the time in which it is in the code of this process.',
    }),
    returnTime: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Only while it is out of the code for a while: when it comes back.' }),
  })
  .meta({ description: 'The probe in one process.' });

export const MAX_INSTANCES = 20;
export const MAX_RECENT = 10;
export const MAX_CAPTURES = 10;

const numbers = <T extends Readonly<Record<string, unknown>>>(schemas: T) =>
  z
    .object(
      Object.fromEntries(Object.keys(schemas).map((name) => [name, count.optional()])) as {
        [K in keyof T]: z.ZodOptional<typeof count>;
      },
    )
    .optional();

export const effectiveSchema = z
  .object({
    ttlSeconds: count.optional(),
    maxCaptures: count.optional(),
    limits: numbers(LIMIT_SCHEMAS),
    capture: numbers(CAPTURE_SCHEMAS),
    expressions: z.enum(EXPRESSION_LEVELS).optional().meta({ description: 'How far expressions may go.' }),
  })
  .meta({ description: 'What counts, where policies make that differ from what the spec says.' });

export const observedGenerationSchema = count
  .optional()
  .meta({ description: 'The metadata.generation that this status is about.' });

export const probeStatusShape = {
  observedGeneration: observedGenerationSchema,
  armedTime: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'When the current spec was first seen; ttlSeconds counts from here.' }),
  expirationTime: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'When the probe is removed from every process.' }),
  policies: z.array(text(320)).max(32).optional().meta({
    description: 'Kind and name of each policy that governs the probe, besides the default policy.',
    'x-kubernetes-list-type': 'atomic',
  }),
  redactionHash: text(64).optional().meta({
    description:
      'Name of the rules of redaction that are in force, those of policies included; absent where nothing is hidden beyond what always is.',
  }),
  effective: effectiveSchema.optional(),
  approval: z
    .object({
      specHash: text(64).meta({
        description: 'Names the spec that is to be approved: the value of the annotation davylamp.dev/approve.',
      }),
      missing: z.array(text(320)).max(32).optional().meta({
        description: 'Policies by which nobody has approved it yet.',
        'x-kubernetes-list-type': 'atomic',
      }),
      deadline: z.iso
        .datetime({ offset: true })
        .optional()
        .meta({ description: 'When it is over unless it is approved.' }),
      approvals: z
        .array(
          z.object({
            policy: text(320).meta({ description: 'Kind and name of the policy.' }),
            username: text(1024).meta({ description: 'Who approved it.' }),
            time: z.iso.datetime({ offset: true }),
            reason: text(1024).optional(),
            ticket: text(1024).optional(),
          }),
        )
        .max(32)
        .optional()
        .meta({ description: 'Approvals that count.', 'x-kubernetes-list-type': 'atomic' }),
    })
    .optional()
    .meta({ description: 'Only where a policy asks for an approval.' }),
  location: text(600).optional().meta({ description: 'Where the probe is bound, or where it was asked for.' }),
  pods: z
    .object({
      matched: count.meta({ description: 'Running pods that match.' }),
      armed: count.meta({ description: 'Pods in which the probe is in the code.' }),
      waiting: count.meta({ description: 'Pods in which it waits for a file to load, or for its agent.' }),
      failed: count.meta({ description: 'Pods that refused it.' }),
      attached: count.optional().meta({
        description: 'Those of the matched pods whose agent was added while they ran; absent when there are none.',
      }),
    })
    .optional()
    .meta({ description: 'Counts of pods.' }),
  instances: z
    .array(instanceSchema)
    .max(MAX_INSTANCES)
    .optional()
    .meta({ description: 'Single processes, failures first.', 'x-kubernetes-list-type': 'atomic' }),
  hits: count.optional().meta({ description: 'Reported hits over all pods, including pods that are gone.' }),
  estimatedHits: count.optional().meta({
    description:
      'Only when the probe is sampled, and as soon as it has seen enough for it to mean something: how many hits there ' +
      'were, reported or not, estimated from those that it saw.',
  }),
  estimatedHitsInterval: z
    .object({
      low: count.meta({ description: 'There were fewer in 2.5 % of such cases.' }),
      high: count.meta({ description: 'There were more in 2.5 % of such cases.' }),
    })
    .optional()
    .meta({ description: 'How certain estimatedHits is, as far as hits come independently of each other.' }),
  retiredHits: count.optional().meta({ description: 'The share of hits that belongs to processes that are gone.' }),
  dropped: z
    .array(droppedSchema)
    .max(16)
    .optional()
    .meta({ description: 'Results that were not reported, and why.', 'x-kubernetes-list-type': 'atomic' }),
  cost: costSchema.optional(),
  conditions: z
    .array(conditionSchema)
    .max(16)
    .optional()
    .meta({
      description:
        'Ready summarizes the others: True while the probe is armed somewhere, and once it has done its work and is out of every process.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    }),
};

export const probeStatusSchema = z.object(probeStatusShape);
export type EffectiveStatus = z.infer<typeof effectiveSchema>;
export type ProbeStatus = z.infer<typeof probeStatusSchema>;
export type InstanceStatus = z.infer<typeof instanceSchema>;
export type Dropped = z.infer<typeof droppedSchema>;
export type Cost = z.infer<typeof costSchema>;
