import { z } from 'zod';

/** Names that the operator gives to the ephemeral containers that it adds: `davylamp-1`, `davylamp-2` and so on. */
const ATTACHED_NAME = /^davylamp-(\d{1,3})$/;
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
}

/** With the variables of its container, as far as they have values in the pod's spec. */
export interface AttachedContainer extends AttachedAgent {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The pod's attached agents in the order in which they were added; undefined when there never was one. */
export function attachedAgentsOf(
  containers: z.infer<typeof ephemeralContainersSchema>,
  statuses: z.infer<typeof ephemeralStatusesSchema>,
): readonly AttachedContainer[] | undefined {
  const ours = (containers ?? []).filter(({ name, targetContainerName }) => {
    return ATTACHED_NAME.test(name) && targetContainerName !== undefined;
  });
  if (ours.length === 0) return undefined;
  return ours
    .map(({ name, targetContainerName: target = '', env = [] }) => {
      const state = statuses?.find((one) => one.name === name)?.state;
      return { name, target, env: Object.fromEntries(env.map((one) => [one.name, one.value])), ...stateOf(state) };
    })
    .sort((a, b) => numberOf(a.name) - numberOf(b.name));
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

/** The one that has not ended. There is at most one, and it is the last. */
export function liveAgent<Agent extends AttachedAgent>(agents: readonly Agent[] | undefined): Agent | undefined {
  const last = agents?.at(-1);
  return last === undefined || last.state === 'Ended' ? undefined : last;
}

/** Name for the next agent of a pod. */
export function nextAgentName(agents: readonly Pick<AttachedAgent, 'name'>[]): string {
  return `davylamp-${Math.max(0, ...agents.map(({ name }) => numberOf(name))) + 1}`;
}

const numberOf = (name: string): number => Number(ATTACHED_NAME.exec(name)?.[1] ?? 0);
