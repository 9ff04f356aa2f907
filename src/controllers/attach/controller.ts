import type { Logger } from 'pino';
import type { Reason } from '../../api/reasons.ts';
import type { AttachedIdentity } from '../../gateway/agents/identity.ts';
import type { Fleet } from '../../gateway/fleet/fleet.ts';
import { ApiError, isForbidden } from '../../kube/api-error.ts';
import { isNotRunning } from '../../kube/attach-stream.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import { PODS } from '../../kube/resource.ts';
import { timeOf } from '../../kube/time.ts';
import { type ReconcileResult, WorkQueue } from '../../kube/work-queue.ts';
import type { OperatorMetrics } from '../../operator/metrics.ts';
import { type AttachedAgent, attachedAgentsOf, liveAgent, nextAgentName } from '../../pods/attached-agent.ts';
import { isRunning, type ObservedPod } from '../../pods/observed-pod.ts';
import { ATTACHED_CONDITION } from '../../pods/well-known-names.ts';
import { chooseContainer } from './choose-container.ts';
import { type AttachSettings, ephemeralContainer, ownContainers } from './container.ts';
import {
  type AgentFacts,
  type AttachFacts,
  type AttachProblem,
  attachState,
  CONNECT_MS,
  decideAttach,
  retryMs,
  START_MS,
} from './decide.ts';
import { attachedCondition } from './pod-condition.ts';
import { attachPodSchema, attachTarget, NotEnterable } from './target.ts';
import { signalledBefore } from './termination.ts';
import type { AttachView } from './view.ts';
import { type AttachPermission, whyNotAttached } from './why-not-attached.ts';

/** Pods that are worked on at a time. */
const CONCURRENCY = 8;
/** A container starts within a second where its image is on the node, and the kubelet says so up to a second later. */
const EAGER_MS = 100;
/** For how long it is asked so often. */
const EAGER_FOR_MS = 5_000;
const PATIENT_MS = 2_000;
/** For so long nothing is said of a kubelet that does not take the credential. */
const FORGIVEN_FOR_MS = 10_000;
/** Shortest time between two agents of a pod. */
const LEAST_BETWEEN_MS = 400;
/** Time between two attempts at what only a person can mend. */
const FORBIDDEN_RETRY_MS = 10_000;
const FAILED_RETRY_MS = 5_000;

export interface AttachControllerOptions {
  readonly client: KubeClient;
  /** With the index `uid`. */
  readonly pods: Informer<ObservedPod>;
  readonly fleet: Fleet;
  readonly permission: AttachPermission;
  /** Undefined while no image of the agent is known to run. */
  settings(): AttachSettings | undefined;
  readonly credentials: { issue(identity: AttachedIdentity): string };
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  readonly log: Logger;
  /** What is said of the pod has changed without a change of the pod. */
  onChange(pod: ObservedPod): void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What is remembered of a pod; all of it can be lost. */
interface Memory {
  /** When an agent was added last. */
  addedTime?: number;
  problem?: AttachProblem;
  /** How often the problem came again. */
  problems?: number;
  /** The agent of which probes were told that the kubelet does not start it. */
  late?: string;
  /** The agent that was seen last, and when first. */
  seen?: { readonly name: string; readonly time: number };
  enrolled?: { readonly name: string; readonly time: number };
}

/**
 * Observes: pods that were not injected, what is desired of them (Fleet), and whether their agents are connected.
 * Decides: whether a pod gets an agent while it runs (why-not-attached.ts), and what the next step is (decide.ts, pure).
 * Writes: the ephemeral container, the agent's one-time credential into its standard input, the pod's condition davylamp.dev/Attached and Events.
 * An agent ends by itself when nothing is desired of its pod.
 * Read by: the probes (through `view`), people.
 */
export class AttachController {
  readonly #options: AttachControllerOptions;
  readonly #now: () => number;
  readonly #queue: WorkQueue;
  readonly #memories = new Map<string, Memory>();

  constructor(options: AttachControllerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const name = 'attach';
    const queue: WorkQueue = new WorkQueue({
      name,
      concurrency: CONCURRENCY,
      reconcile: (uid, signal) => this.#reconcile(uid, signal),
      ...options.metrics.queueHooks(name, () => queue.depth),
    });
    this.#queue = queue;
  }

  /** Begins, until `signal` aborts. Every probe must be planned by then. */
  start(signal: AbortSignal): void {
    const { fleet, pods } = this.#options;
    fleet.onWantedChange((podUID) => this.#queue.add(podUID));
    fleet.onPodChange((podUID) => {
      if (pods.by('uid', podUID).some(({ attachedAgents }) => attachedAgents !== undefined)) this.#queue.add(podUID);
    });
    pods.onChange(({ type, object }) => {
      const { uid } = object.metadata;
      if (type === 'deleted') this.#memories.delete(uid);
      else if (object.attachedAgents !== undefined || fleet.isWanted(uid)) this.#queue.add(uid);
    });
    this.#queue.start(signal);
  }

  /** What probes are told of the pod. @param containerName the one that the probe's target names. */
  view(pod: ObservedPod, containerName: string | undefined): AttachView {
    const why = whyNotAttached(pod, this.#options.permission);
    if (why !== undefined) return { isPermitted: false, why };
    return {
      isPermitted: true,
      container: chooseContainer(pod, containerName),
      entered: liveAgent(pod.attachedAgents)?.target,
      state: attachState(this.#agentOf(pod)),
    };
  }

  #factsOf(pod: ObservedPod): AttachFacts {
    const { fleet, permission } = this.#options;
    const { uid } = pod.metadata;
    return {
      ...this.#agentOf(pod),
      wanted: fleet
        .wantedContainers(uid)
        .map((one) => chooseContainer(pod, one))
        .find((one) => one !== undefined),
      isConnected: fleet.pod(uid)?.connected === true,
      isPermitted: whyNotAttached(pod, permission) === undefined,
    };
  }

  #agentOf(pod: ObservedPod): AgentFacts {
    const { problem, seen, enrolled } = this.#memories.get(pod.metadata.uid) ?? {};
    const name = liveAgent(pod.attachedAgents)?.name;
    return {
      pod,
      problem: problem?.agent === name ? problem : undefined,
      seenTime: seen !== undefined && seen.name === name ? seen.time : undefined,
      enrolledTime: enrolled !== undefined && enrolled.name === name ? enrolled.time : undefined,
      now: this.#now(),
    };
  }

  async #reconcile(uid: string, signal: AbortSignal): Promise<ReconcileResult> {
    const [pod] = this.#options.pods.by('uid', uid);
    if (pod === undefined || pod.isInjected || !isRunning(pod)) return {};
    this.#see(pod);
    this.#tellOfLate(pod);
    const step = decideAttach(this.#factsOf(pod));
    let afterMs: number | undefined;
    if (step.do === 'Wait') afterMs = step.until - this.#now();
    else if (step.do !== 'Nothing') {
      try {
        if (step.do === 'Add') afterMs = await this.#add(pod, step.target, signal);
        else afterMs = await this.#enroll(pod, step.agent, signal);
      } catch (error) {
        if (signal.aborted) return {};
        afterMs = this.#failed(pod, error);
      }
    }
    await this.#writeCondition(pod, signal);
    return afterMs === undefined ? {} : { requeueAfterMs: Math.max(1, afterMs) };
  }

  #memoryOf({ metadata: { uid } }: ObservedPod): Memory {
    const memory = this.#memories.get(uid) ?? {};
    this.#memories.set(uid, memory);
    return memory;
  }

  #see(pod: ObservedPod): void {
    const name = liveAgent(pod.attachedAgents)?.name;
    const memory = this.#memoryOf(pod);
    if (name === undefined || memory.seen?.name === name) return;
    memory.seen = { name, time: this.#now() };
  }

  /** Has probes say so as soon as the kubelet has not started the agent for too long. */
  #tellOfLate(pod: ObservedPod): void {
    const memory = this.#memoryOf(pod);
    const { seen } = memory;
    const live = liveAgent(pod.attachedAgents);
    if (live?.state !== 'Waiting' || seen?.name !== live.name || memory.late === live.name) return;
    if (this.#now() - seen.time <= START_MS) return;
    memory.late = live.name;
    this.#options.onChange(pod);
  }

  /** Adds the agent. The pod is read anew, and the write fails if it has changed since, so that no two replicas add two. */
  async #add(observed: ObservedPod, wanted: string, signal: AbortSignal): Promise<number | undefined> {
    const { client, log } = this.#options;
    const settings = this.#options.settings();
    if (settings === undefined) return FAILED_RETRY_MS;
    const { namespace, name: podName, uid } = observed.metadata;
    const memory = this.#memoryOf(observed);
    // The one that was just added is not seen yet, or is none that is known.
    if (this.#now() - (memory.addedTime ?? 0) < LEAST_BETWEEN_MS) return LEAST_BETWEEN_MS;
    const raw = await client.get(PODS, { namespace, name: podName }, { signal });
    const pod = attachPodSchema.parse(raw);
    if (pod.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return undefined;
    const agents = attachedAgentsOf(pod.spec.ephemeralContainers, pod.status.ephemeralContainerStatuses) ?? [];
    // The cache is behind; its change comes.
    if (liveAgent(agents) !== undefined) return EAGER_MS;
    const ours = ownContainers(raw, settings);
    const own = agents.filter((agent) => ours.has(agent.name));
    const target = attachTarget(pod, wanted, own);
    const { spec } = pod;
    const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
    const name = nextAgentName(new Set(all.map((one) => one.name)));
    const place = { podNamespace: namespace, podName, name, target, signalled: signalledBefore(own) };
    await client.strategicMergePatch(
      PODS,
      { namespace, name: podName, subresource: 'ephemeralcontainers' },
      {
        metadata: { uid, resourceVersion: pod.metadata.resourceVersion },
        spec: { ephemeralContainers: [ephemeralContainer(settings, place)] },
      },
      { signal },
    );
    this.#solved(observed);
    memory.addedTime = this.#now();
    memory.seen = { name, time: this.#now() };
    log.info({ controller: 'attach', namespace, pod: podName, container: name, target: wanted }, 'agent added');
    return EAGER_MS;
  }

  /** Hands the agent its credential, if the container is one that the operator made. */
  async #enroll(observed: ObservedPod, agent: AttachedAgent, signal: AbortSignal): Promise<number | undefined> {
    const { client, credentials, log } = this.#options;
    const settings = this.#options.settings();
    if (settings === undefined) return FAILED_RETRY_MS;
    const { namespace, name, uid } = observed.metadata;
    const memory = this.#memoryOf(observed);
    const raw = await client.get(PODS, { namespace, name }, { signal });
    if (!ownContainers(raw, settings).has(agent.name)) {
      const message = `The container ${agent.name} is not one that this operator added, so it gets no credential.`;
      return this.#problem(observed, 'AttachFailed', message, FORBIDDEN_RETRY_MS);
    }
    const credential = credentials.issue({ namespace, podName: name, podUID: uid, containerName: agent.name });
    try {
      await client.sendInput({ namespace, name, container: agent.name }, `${credential}\n`, { signal });
    } catch (error) {
      const since = this.#now() - (memory.seen?.time ?? 0);
      // The kubelet may know nothing of the container yet, or be out of reach for a moment.
      if (isForbidden(error) || !(isNotRunning(error) || since < FORGIVEN_FOR_MS)) throw error;
      return since < EAGER_FOR_MS ? EAGER_MS : PATIENT_MS;
    }
    memory.enrolled = { name: agent.name, time: this.#now() };
    this.#solved(observed);
    log.info({ controller: 'attach', namespace, pod: name, container: agent.name }, 'agent has its credential');
    return CONNECT_MS;
  }

  /** @returns milliseconds after which it is tried again. */
  #failed(pod: ObservedPod, error: unknown): number {
    if (error instanceof NotEnterable) {
      const reason = error.isPassing ? 'Attaching' : 'AttachFailed';
      return this.#problem(pod, reason, error.message, error.isPassing ? PATIENT_MS : FORBIDDEN_RETRY_MS);
    }
    const { status = -1, message = String(error) }: { status?: number; message?: string } =
      error instanceof ApiError ? error : {};
    // Somebody else wrote the pod at the same moment.
    if (status === 409) return 1;
    // It is gone, or its node is.
    if (status === 404) return FAILED_RETRY_MS;
    const { namespace, name } = pod.metadata;
    this.#options.log.warn({ controller: 'attach', namespace, pod: name, error }, 'no agent could be added');
    if (status === 403) return this.#problem(pod, 'AttachForbidden', message, FORBIDDEN_RETRY_MS);
    return this.#problem(pod, 'AttachFailed', message, FAILED_RETRY_MS);
  }

  /** @returns milliseconds after which it is tried again: twice as long each time, as thousands of pods may have the problem, but for one that passes. */
  #problem(pod: ObservedPod, reason: AttachProblem['reason'], message: string, firstMs: number): number {
    const memory = this.#memoryOf(pod);
    const { problem, problems = 0 } = memory;
    const isSame = problem?.reason === reason && problem.message === message;
    const agent = liveAgent(pod.attachedAgents)?.name;
    memory.problems = isSame ? problems + 1 : 0;
    const waitMs = reason === 'Attaching' ? firstMs : retryMs(firstMs, memory.problems);
    memory.problem = { reason, message, agent, retryTime: this.#now() + waitMs };
    if (!isSame) this.#options.onChange(pod);
    return waitMs;
  }

  #solved(pod: ObservedPod): void {
    const memory = this.#memoryOf(pod);
    if (memory.problem === undefined) return;
    memory.problem = undefined;
    this.#options.onChange(pod);
  }

  /** Writes the pod's condition where it says something else, and an Event when its status or reason changes. */
  async #writeCondition(pod: ObservedPod, signal: AbortSignal): Promise<void> {
    const { client, events, log } = this.#options;
    const facts = this.#factsOf(pod);
    const wanted = facts.wanted !== undefined && facts.isPermitted;
    const next = attachedCondition(pod, facts.isConnected, wanted ? attachState(facts) : undefined);
    const before = pod.attachedCondition;
    if (next === undefined) return;
    const isSameStatus = before?.status === next.status;
    const isSameReason = isSameStatus && before?.reason === next.reason;
    if (isSameReason && before?.message === next.message) return;
    const { namespace, name, uid } = pod.metadata;
    const time = timeOf(this.#now());
    const lastTransitionTime = isSameStatus ? before?.lastTransitionTime : time;
    const condition = { type: ATTACHED_CONDITION, ...next, lastTransitionTime };
    try {
      const ref = { namespace, name, subresource: 'status' };
      await client.strategicMergePatch(
        PODS,
        ref,
        { metadata: { uid }, status: { conditions: [condition] } },
        { signal },
      );
    } catch (error) {
      if (!signal.aborted) log.warn({ controller: 'attach', namespace, pod: name, error }, 'condition not written');
    }
    if (isSameReason || next.reason === 'Attaching') return;
    const type = next.reason === 'Attached' || next.reason === 'AttachEnded' ? 'Normal' : 'Warning';
    const regarding = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid };
    events.record(regarding, { type, reason: next.reason satisfies Reason, action: 'Attach', note: next.message });
  }
}
