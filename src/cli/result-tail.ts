import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from '../api/kinds.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { Informer } from '../kube/informer.ts';
import { PODS } from '../kube/resource.ts';
import { matchesTarget } from '../pods/matches-target.ts';
import { agentContainer, isRunning, type ObservedPod, parsePod } from '../pods/observed-pod.ts';
import { type LogLine, logLineSchema } from '../protocol/log-line.ts';
import { mergeByTime } from './merge-by-time.ts';

export interface ResultTailOptions {
  /** How far to look back in the log of each pod. */
  readonly sinceSeconds: number;
  /** Whether to go on until the signal aborts; otherwise the tail ends when the logs have been read. */
  readonly follow: boolean;
  /** Longest wait for the existing lines before new ones are shown, in case a node does not answer. Default 10 s. */
  readonly backlogMilliseconds?: number;
  print(line: LogLine): void;
  /** Messages for people: no matching pods, pods without an agent, errors. */
  note(message: string): void;
}

/** Wait before the log of a pod is opened again, when its stream ended because the agent restarts or a proxy cut it. */
const RETRY_MILLISECONDS = 1_000;
const BACKLOG_MILLISECONDS = 10_000;

/** The results of one probe out of the logs of the agents of all pods that it matches. */
export class ResultTail {
  readonly #client: KubeClient;
  readonly #probe: Probe;
  readonly #options: ResultTailOptions;
  /** Agents that are followed, and pods that have none: see {@link agentKey}. */
  readonly #noted = new Set<string>();
  readonly #followed: Promise<void>[] = [];

  constructor(client: KubeClient, probe: Probe, options: ResultTailOptions) {
    this.#client = client;
    this.#probe = probe;
    this.#options = options;
  }

  /** @throws ApiError when the pods cannot be listed. */
  async run(signal: AbortSignal): Promise<void> {
    const { namespace } = this.#probe.metadata;
    // Not left to the informer, which would silently retry when the cluster cannot be reached.
    const { items } = await this.#client.list(PODS, { namespace, signal });
    const matched = items.map(parsePod).filter((pod) => this.#isMatched(pod));
    if (matched.length === 0) this.#options.note('no running pod matches the probe');
    for (const pod of matched) this.#noteMissingAgent(pod);
    const backlogs = matched.filter(({ hasAgent }) => hasAgent).map((pod) => new Backlog(pod));
    const openedAt = Date.now();
    await this.#printBacklogs(backlogs, signal);
    if (!this.#options.follow) return;
    for (const { pod, printed, isWhole } of backlogs) {
      const elapsed = Math.ceil((Date.now() - openedAt) / 1000) + 1;
      this.#begin(pod, isWhole ? elapsed : this.#options.sinceSeconds + elapsed, signal, printed);
    }
    await this.#followNewPods(namespace, signal);
    await Promise.all(this.#followed);
  }

  /** Prints the existing lines of all pods, ordered by time. */
  async #printBacklogs(backlogs: readonly Backlog[], signal: AbortSignal): Promise<void> {
    const { follow, backlogMilliseconds = BACKLOG_MILLISECONDS } = this.#options;
    const deadline = follow ? AbortSignal.timeout(backlogMilliseconds) : undefined;
    const until = deadline === undefined ? signal : AbortSignal.any([signal, deadline]);
    for await (const line of mergeByTime(backlogs.map((backlog) => this.#linesOf(backlog, until)))) {
      if (signal.aborted) return;
      this.#options.print(line);
    }
  }

  async *#linesOf(backlog: Backlog, signal: AbortSignal): AsyncGenerator<LogLine> {
    const { metadata } = backlog.pod;
    try {
      const options = {
        container: agentContainer(backlog.pod),
        follow: false,
        sinceSeconds: this.#options.sinceSeconds,
        signal,
      };
      for await (const text of this.#client.podLogs(metadata.namespace, metadata.name, options)) {
        const line = this.#lineOf(text);
        if (line === undefined || !backlog.printed.add(keyOf(line))) continue;
        yield line;
      }
      backlog.isWhole = true;
    } catch (error) {
      // Following opens the log again, and reports the error if it happens again.
      if (signal.aborted || this.#options.follow || isNotFound(error)) return;
      this.#options.note(`pod ${metadata.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #followNewPods(namespace: string, signal: AbortSignal): Promise<void> {
    const informer = new Informer(this.#client, PODS, { parse: parsePod, namespace });
    informer.onChange(({ type, object }) => {
      if (type === 'deleted' || !this.#isMatched(object) || this.#noted.has(agentKey(object))) return;
      this.#noteMissingAgent(object);
      if (object.hasAgent) this.#begin(object, undefined, signal, new RecentKeys());
    });
    informer.start(signal);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }

  #isMatched(pod: ObservedPod): boolean {
    return isRunning(pod) && matchesTarget(this.#probe.spec.target, pod);
  }

  #noteMissingAgent(pod: ObservedPod): void {
    if (!pod.hasAgent) this.#options.note(`pod ${pod.metadata.name} has no agent; the status of the probe says why`);
    this.#noted.add(agentKey(pod));
  }

  #begin(pod: ObservedPod, sinceSeconds: number | undefined, signal: AbortSignal, printed: RecentKeys): void {
    this.#followed.push(this.#follow(pod, sinceSeconds, signal, printed));
  }

  /** @param printed keys of lines that were printed: a stream that is opened again repeats its last lines. */
  async #follow(
    pod: ObservedPod,
    sinceSeconds: number | undefined,
    signal: AbortSignal,
    printed: RecentKeys,
  ): Promise<void> {
    const { note } = this.#options;
    const { metadata } = pod;
    const container = agentContainer(pod);
    let since = sinceSeconds;
    let problem = '';
    while (!signal.aborted) {
      const openedAt = Date.now();
      try {
        const options = { container, follow: true, sinceSeconds: since, signal };
        for await (const text of this.#client.podLogs(metadata.namespace, metadata.name, options)) {
          const line = this.#lineOf(text);
          if (line === undefined || !printed.add(keyOf(line))) continue;
          this.#options.print(line);
        }
        problem = '';
      } catch (error) {
        if (signal.aborted || isNotFound(error)) return;
        const message = error instanceof Error ? error.message : String(error);
        if (message !== problem) note(`pod ${metadata.name}: ${message}`);
        problem = message;
      }
      await delay(RETRY_MILLISECONDS, undefined, { signal }).catch(() => {});
      if (!pod.isInjected && (await this.#hasEnded(pod, container))) return;
      since = Math.ceil((Date.now() - openedAt) / 1000) + 1;
    }
  }

  /** Whether an agent that was attached has ended, so that its log stays as it is. */
  async #hasEnded({ metadata: { namespace, name } }: ObservedPod, container: string | undefined): Promise<boolean> {
    try {
      const { attachedAgents } = parsePod(await this.#client.get(PODS, { namespace, name }));
      return attachedAgents?.find((agent) => agent.name === container)?.state === 'Ended';
    } catch (error) {
      return isNotFound(error);
    }
  }

  /** The parsed line; undefined when it is not of this probe. */
  #lineOf(text: string): LogLine | undefined {
    const { kind, metadata } = this.#probe;
    // Most lines of a busy log are of other probes, so they are ruled out before they are parsed.
    if (!text.includes(`"${metadata.name}"`)) return undefined;
    try {
      const line = logLineSchema.parse(JSON.parse(text));
      return line.kind === kind && line.name === metadata.name && line.namespace === metadata.namespace
        ? line
        : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The lines that the log of one pod held when the tail began. */
class Backlog {
  readonly pod: ObservedPod;
  readonly printed = new RecentKeys();
  /** Whether all of them have been read. */
  isWhole = false;

  constructor(pod: ObservedPod) {
    this.pod = pod;
  }
}

/** A pod gets another agent in another container when one that was attached to it has ended. */
function agentKey(pod: ObservedPod): string {
  return `${pod.metadata.uid} ${pod.hasAgent ? agentContainer(pod) : ''}`;
}

function keyOf({ time, pid, threadID = 0, sequence }: LogLine): string {
  return `${time} ${pid} ${threadID} ${sequence}`;
}

/** The newest 5,000 keys. */
class RecentKeys {
  readonly #keys = new Set<string>();

  /** @returns whether the key is new. */
  add(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= 5000) break;
      this.#keys.delete(oldest);
    }
    return true;
  }
}
