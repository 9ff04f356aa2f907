import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { objectMetaSchema } from '../api/kubernetes.ts';
import { fingerprintsOf } from './certificate-fingerprints.ts';
import { type InjectionRecord, parseInjectionRecord } from './injection-record.ts';
import { AGENT_CHECK_LABEL, INJECTION_ANNOTATION, SIDECAR_NAME } from './well-known-names.ts';

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
    ephemeralContainers: z.array(namedSchema).optional(),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      containerStatuses: z.unknown().optional(),
      initContainerStatuses: z.unknown().optional(),
    })
    .optional(),
});

/** An injected agent's settings, as far as they matter to others. */
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
  readonly hasAgent: boolean;
  /** What its agent was told when the pod was created; undefined for agents that injection did not add. */
  readonly agent?: ObservedAgent;
  readonly injection?: InjectionRecord;
  /** Only of the check pods of the chart, which show whether the agent's image runs. */
  readonly agentCheck?: AgentCheck;
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
  const others = [...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? []), ...spec.containers];
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
    agent: observeAgent(spec.initContainers?.find(({ name }) => name === SIDECAR_NAME)),
    hasAgent: others.some(({ name }) => name === SIDECAR_NAME),
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

function observeAgent(sidecar: z.infer<typeof containerSchema> | undefined): ObservedAgent | undefined {
  if (sidecar === undefined) return undefined;
  const value = (wanted: string) => sidecar.env?.find(({ name }) => name === wanted)?.value;
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

/** Whether probes can be in processes of the pod: it runs and is not being deleted. */
export function isRunning(pod: ObservedPod): boolean {
  return pod.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}

const isEnded = (phase: string): boolean => phase === 'Succeeded' || phase === 'Failed';
