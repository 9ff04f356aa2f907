import { z } from 'zod';

/** Names that the operator gives to the ephemeral containers that it adds: `davylamp-1`, `davylamp-2` and so on. */
const ATTACHED_NAME = /^davylamp-(\d{1,9})$/;
/** Variable of its container that only an attached agent has: the container that it enters. */
export const TARGET_VARIABLE = 'DAVYLAMP_TARGET_CONTAINER';
/** UTF-16 units of a kubelet's message that are kept. */
const MAX_MESSAGE = 1024;
/** A termination message is JSON, which must not be cut; the kubelet keeps 4,096 bytes of it. */
const MAX_TERMINATION = 4096;
/** Reasons for waiting that the kubelet gives while a container starts normally. */
const PASSING = ['PodInitializing', 'ContainerCreating'];

/** The members of ephemeral containers and their statuses that matter here. */
export const ephemeralContainersSchema = z
  .array(
    z.object({
      name: z.string(),
      targetContainerName: z.string().optional(),
      env: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
    }),
  )
  .optional();
/** Kubernetes writes null for a time that it does not know. */
const time = z.iso.datetime({ offset: true }).nullish();
export const ephemeralStatusesSchema = z
  .array(
    z.object({
      name: z.string(),
      state: z
        .object({
          waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
          running: z.object({ startedAt: time }).optional(),
          terminated: z
            .object({ exitCode: z.int(), message: z.string().optional(), startedAt: time, finishedAt: time })
            .optional(),
        })
        .optional(),
    }),
  )
  .optional();

/** An agent that was added to the pod while it ran, as an ephemeral container. Kubernetes neither removes nor restarts one. */
export interface AttachedAgent {
  /** Name of its own container. */
  readonly name: string;
  /** Name of the container whose processes it enters. */
  readonly target: string;
  readonly state: 'Waiting' | 'Running' | 'Ended';
  /** Why it does not start, in the kubelet's words; undefined while it starts normally. */
  readonly problem?: string;
  /** Only of one that has ended. */
  readonly exitCode?: number;
  /** What it wrote when it ended: see protocol/termination-message.ts. */
  readonly termination?: string;
  /** Milliseconds since 1970. */
  readonly endedTime?: number;
  /** Whether the kernel ended it with the first process of its target's container, whose process namespace it shares. */
  readonly isEndedWithTarget?: boolean;
}

/** With the variables of its container, as far as they have values in the pod's spec. */
export interface AttachedContainer extends AttachedAgent {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** States of the pod's containers, as far as it matters when they started. */
const targetStatusesSchema = z
  .array(
    z.object({ name: z.string(), state: z.object({ running: z.object({ startedAt: time }).optional() }).optional() }),
  )
  .catch([]);
/** Exit code of a process that was killed. */
const KILLED = 128 + 9;
/** Times of the kubelet are whole seconds. */
const ROUNDING_MS = 1000;

/** The pod's attached agents in the order in which they were added; undefined when there never was one. */
export function attachedAgentsOf(
  containers: z.infer<typeof ephemeralContainersSchema>,
  statuses: z.infer<typeof ephemeralStatusesSchema>,
  targetStatuses?: unknown,
): readonly AttachedContainer[] | undefined {
  // Somebody may have added a container of such a name for something else.
  const ours = (containers ?? []).filter(({ name, targetContainerName, env }) => {
    const entered = env?.find((variable) => variable.name === TARGET_VARIABLE)?.value;
    return ATTACHED_NAME.test(name) && targetContainerName !== undefined && entered === targetContainerName;
  });
  if (ours.length === 0) return undefined;
  const targets = targetStatusesSchema.parse(targetStatuses ?? []);
  return ours
    .map(({ name, targetContainerName: target = '', env = [] }) => {
      const state = stateOf(statuses?.find((one) => one.name === name)?.state);
      const running = targets.find((one) => one.name === target)?.state?.running;
      const isEndedWithTarget = targetStatuses !== undefined && hasEndedWith(state, running) ? true : undefined;
      return {
        name,
        target,
        env: Object.fromEntries(env.map((one) => [one.name, one.value])),
        ...state,
        isEndedWithTarget,
      };
    })
    .sort((a, b) => numberOf(a.name) - numberOf(b.name));
}

/** Whether the agent was killed and could say nothing, and the container that it was in has ended or was started anew then. */
function hasEndedWith(
  { exitCode, termination = '', endedTime = 0 }: ReturnType<typeof stateOf>,
  target: { readonly startedAt?: string | null } | undefined,
): boolean {
  if (exitCode !== KILLED || termination !== '') return false;
  return target === undefined || Date.parse(target.startedAt ?? '') >= endedTime - ROUNDING_MS;
}

type RawState = NonNullable<z.infer<typeof ephemeralStatusesSchema>>[number]['state'];

function stateOf(state: RawState): Omit<AttachedAgent, 'name' | 'target'> {
  const { waiting, running, terminated } = state ?? {};
  if (terminated !== undefined) {
    const { exitCode, message, finishedAt } = terminated;
    return {
      state: 'Ended',
      exitCode,
      termination: message?.slice(0, MAX_TERMINATION),
      endedTime: typeof finishedAt === 'string' ? Date.parse(finishedAt) : undefined,
    };
  }
  if (running !== undefined) return { state: 'Running' };
  const { reason, message } = waiting ?? {};
  if (reason === undefined || PASSING.includes(reason)) return { state: 'Waiting' };
  return { state: 'Waiting', problem: [reason, message].filter(Boolean).join(': ').slice(0, MAX_MESSAGE) };
}

/** The one that has not ended; there is at most one. */
export function liveAgent<Agent extends AttachedAgent>(agents: readonly Agent[] | undefined): Agent | undefined {
  return agents?.findLast(({ state }) => state !== 'Ended');
}

/** Name for the next agent of a pod: the first that none of its containers has. */
export function nextAgentName(taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = `davylamp-${number}`;
    if (!taken.has(name)) return name;
  }
}

const numberOf = (name: string): number => Number(ATTACHED_NAME.exec(name)?.[1] ?? 0);
