import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { objectMetaSchema } from '../api/kubernetes.ts';
import {
  type AttachedAgent,
  attachedAgentsOf,
  ephemeralContainersSchema,
  ephemeralStatusesSchema,
  liveAgent,
} from './attached-agent.ts';
import { fingerprintsOf } from './certificate-fingerprints.ts';
import { type InjectionRecord, parseInjectionRecord } from './injection-record.ts';
import {
  AGENT_CHECK_LABEL,
  ATTACHED_CONDITION,
  DEFAULT_CONTAINER_ANNOTATION,
  INJECTION_ANNOTATION,
  MIRROR_ANNOTATION,
  SIDECAR_NAME,
} from './well-known-names.ts';

const namedSchema = z.object({ name: z.string(), image: z.string().optional() });
const statusesSchema = z
  .array(
    z.object({
      ready: z.boolean().optional(),
      state: z
        .object({
          waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
          terminated: z.object({ exitCode: z.int() }).optional(),
        })
        .optional(),
    }),
  )
  .default([]);
const containerSchema = namedSchema.extend({
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
});
const rawPodSchema = z.object({
  metadata: objectMetaSchema.extend({
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .optional(),
  }),
  spec: z.object({
    containers: z.array(namedSchema),
    initContainers: z.array(containerSchema).optional(),
    ephemeralContainers: ephemeralContainersSchema,
    hostNetwork: z.boolean().optional(),
    hostPID: z.boolean().optional(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      containerStatuses: z.unknown().optional(),
      initContainerStatuses: z.unknown().optional(),
      ephemeralContainerStatuses: ephemeralStatusesSchema,
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
            lastTransitionTime: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

/** Why no agent can be added to the pod while it runs. */
export type AttachObstacle = 'StaticPod' | 'HostNetwork' | 'HostPID';

/** An agent's settings, as far as they matter to others. */
export interface ObservedAgent {
  /** How long it keeps probes without the gateway; undefined when the pod does not say. */
  readonly gatewayAbsenceSeconds?: number;
  /** Fingerprints of the authorities that it trusts. */
  readonly authorities: readonly string[];
}

/** The few members of a pod that decisions need, so that the cache of a large cluster stays small. */
export interface ObservedPod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** The owner that controls the pod. */
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly phase: string;
  /** Names of the application's containers. */
  readonly containers: readonly string[];
  /** The container that kubectl takes when none is named, by the pod's annotation. */
  readonly defaultContainer?: string;
  /** Whether the agent was added when the pod was created. */
  readonly isInjected: boolean;
  /** Whether it has an agent that has not ended, of either kind. */
  readonly hasAgent: boolean;
  /** What its agent was told when it was added. */
  readonly agent?: ObservedAgent;
  /** Agents that were added while it ran, the latest last; undefined when there never was one. */
  readonly attachedAgents?: readonly AttachedAgent[];
  readonly attachObstacle?: AttachObstacle;
  /** The condition that the operator wrote of its attached agent, if it did. */
  readonly attachedCondition?: PodCondition;
  readonly injection?: InjectionRecord;
  /** Only of the check pods of the chart, which show whether the agent's image runs. */
  readonly agentCheck?: AgentCheck;
}

export interface PodCondition {
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface AgentCheck {
  readonly image: string;
  readonly isReady: boolean;
  /** Why the image does not run, in the kubelet's words. */
  readonly problem?: string;
}

/** Projects a pod as the API server sends it. @throws ZodError when it is no pod. */
export function parsePod(raw: unknown): ObservedPod {
  const { metadata, spec, status } = rawPodSchema.parse(raw);
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  const sidecar = spec.initContainers?.find(({ name }) => name === SIDECAR_NAME);
  const isInjected = sidecar !== undefined || spec.containers.some(({ name }) => name === SIDECAR_NAME);
  const attachedAgents = attachedAgentsOf(
    spec.ephemeralContainers,
    status?.ephemeralContainerStatuses,
    status?.containerStatuses ?? [],
  );
  const live = liveAgent(attachedAgents);
  return {
    metadata: {
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
      deletionTimestamp: metadata.deletionTimestamp,
      labels: metadata.labels ?? {},
    },
    owner: owner && { kind: owner.kind, name: owner.name },
    phase: status?.phase ?? 'Unknown',
    containers: spec.containers.map(({ name }) => name).filter((name) => name !== SIDECAR_NAME),
    defaultContainer: metadata.annotations?.[DEFAULT_CONTAINER_ANNOTATION],
    agent: observeAgent(sidecar?.env?.map(({ name, value }) => [name, value]) ?? (live && Object.entries(live.env))),
    isInjected,
    hasAgent: isInjected || live !== undefined,
    // Their variables are not kept: an authority's certificate is larger than all the rest of a pod.
    attachedAgents: attachedAgents?.map(({ env: _, ...agent }) => agent),
    attachObstacle: attachObstacleOf(spec, metadata.annotations),
    attachedCondition: status?.conditions?.find(({ type }) => type === ATTACHED_CONDITION),
    injection: parseInjectionRecord(metadata.annotations?.[INJECTION_ANNOTATION]),
    agentCheck: metadata.labels?.[AGENT_CHECK_LABEL] === 'true' ? parseAgentCheck(spec.containers, status) : undefined,
  };
}

/** Reasons for waiting that the kubelet gives while a container starts normally. */
const PASSING = ['PodInitializing', 'ContainerCreating'];

function parseAgentCheck(
  containers: readonly { image?: string }[],
  status: { containerStatuses?: unknown; initContainerStatuses?: unknown } | undefined,
): AgentCheck {
  const main = statusesSchema.parse(status?.containerStatuses ?? []);
  const all = [...statusesSchema.parse(status?.initContainerStatuses ?? []), ...main];
  const problems = all.flatMap(({ state }) => {
    const { waiting, terminated } = state ?? {};
    if (waiting?.reason !== undefined && !PASSING.includes(waiting.reason)) {
      return [waiting.message === undefined ? waiting.reason : `${waiting.reason}: ${waiting.message}`];
    }
    return terminated !== undefined && terminated.exitCode !== 0 ? [`exit code ${terminated.exitCode}`] : [];
  });
  const isReady = main.length > 0 && main.every(({ ready }) => ready === true);
  return { image: containers[0]?.image ?? '', isReady, problem: problems[0]?.slice(0, 512) };
}

function attachObstacleOf(
  { hostNetwork, hostPID }: { hostNetwork?: boolean; hostPID?: boolean },
  annotations: Readonly<Record<string, string>> | undefined,
): AttachObstacle | undefined {
  if (annotations?.[MIRROR_ANNOTATION] !== undefined) return 'StaticPod';
  if (hostNetwork === true) return 'HostNetwork';
  return hostPID === true ? 'HostPID' : undefined;
}

function observeAgent(env: readonly [string, string | undefined][] | undefined): ObservedAgent | undefined {
  if (env === undefined) return undefined;
  const value = (wanted: string) => env.find(([name]) => name === wanted)?.[1];
  const seconds = Number(value('DAVYLAMP_GATEWAY_ABSENCE_SECONDS'));
  return {
    gatewayAbsenceSeconds: Number.isInteger(seconds) && seconds > 0 ? seconds : undefined,
    authorities: known(fingerprintsOf(value('DAVYLAMP_CA') ?? '')),
  };
}

/** Thousands of pods trust the same few authorities; they share the list. */
let lists: (readonly string[])[] = [];

function known(authorities: readonly string[]): readonly string[] {
  const same = lists.find((list) => isDeepStrictEqual(list, authorities));
  if (same !== undefined) return same;
  lists = [authorities, ...lists.slice(0, 15)];
  return authorities;
}

/** Whether the pod's agent trusts a gateway whose certificate one of these authorities issued; also true where that cannot be told. */
export function trusts({ agent, phase }: ObservedPod, authorities: ReadonlySet<string>): boolean {
  if (agent === undefined || agent.authorities.length === 0 || isEnded(phase)) return true;
  return agent.authorities.some((one) => authorities.has(one));
}

/** Whether the pod's agent trusts one of the earlier authorities and not the present one. All are fingerprints. */
export function reliesOn({ agent, phase }: ObservedPod, earlier: ReadonlySet<string>, present: string): boolean {
  if (agent === undefined || isEnded(phase) || agent.authorities.includes(present)) return false;
  return agent.authorities.some((one) => earlier.has(one));
}

/** The container of the pod's agent, present or last; undefined when it never had one. */
export function agentContainer({ isInjected, attachedAgents }: ObservedPod): string | undefined {
  return isInjected ? SIDECAR_NAME : attachedAgents?.at(-1)?.name;
}

/** Whether probes can be in processes of the pod: it runs and is not being deleted. */
export function isRunning(pod: ObservedPod): boolean {
  return pod.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}

const isEnded = (phase: string): boolean => phase === 'Succeeded' || phase === 'Failed';
