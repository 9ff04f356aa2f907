import type { Logger } from 'pino';
import { z } from 'zod';
import type { KubeClient } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import { CONFIG_MAPS } from '../../kube/resource.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';

/** ConfigMap of the chart that holds the last image that was seen running. */
export const AGENT_IMAGE_CONFIG_MAP = 'davylamp-agent-image';

const configMapSchema = z.object({ data: z.object({ image: z.string().min(1).max(1024).optional() }).optional() });

export interface AgentImageOptions {
  /** The image that the chart names. */
  readonly image: string;
  /** Whether it must be seen running first; false where the chart has no check pods. */
  readonly isChecked: boolean;
  /** Namespace of the operator and of the check pods. */
  readonly namespace: string;
  readonly pods: Informer<ObservedPod>;
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly log: Logger;
}

/**
 * Observes: the chart's check pods, which run nothing but the agent's image.
 * Decides: which image new pods get: the one that the chart names, once it was seen running; until then the last one that was seen; else
 * none, because a pod with a sidecar whose image cannot be pulled does not start.
 * Writes: the image that was seen last into a ConfigMap, so that no restart forgets it, and an Event on a check pod that does not run.
 * Read by: the webhook of every replica; people.
 */
export class AgentImage {
  readonly #options: AgentImageOptions;
  #isSeen: boolean;
  /** The image in the ConfigMap. */
  #remembered: string | undefined;
  #leading: AbortSignal | undefined;
  /** UIDs of check pods that have got their Event. */
  readonly #told = new Set<string>();

  constructor(options: AgentImageOptions) {
    this.#options = options;
    this.#isSeen = !options.isChecked;
  }

  /** Reads the ConfigMap; called before the webhook serves. If it cannot be read, the last image is not known. */
  async load(): Promise<void> {
    const { client, namespace, log, image, isChecked } = this.#options;
    if (!isChecked) return;
    try {
      const read = await client.get(CONFIG_MAPS, { namespace, name: AGENT_IMAGE_CONFIG_MAP });
      this.#remembered = configMapSchema.parse(read).data?.image;
    } catch (error) {
      log.warn({ error }, 'the last image of the agent that was seen running cannot be read');
    }
    this.#isSeen = this.#remembered === image;
    this.#options.pods.onChange(({ type, object }) => {
      if (type !== 'deleted') this.#observe(object);
    });
  }

  /** Begins to write, until `signal` aborts: only the leading replica does. */
  lead(signal: AbortSignal): void {
    this.#leading = signal;
    if (!this.#options.isChecked) return;
    if (this.#isSeen) this.#remember();
    for (const pod of this.#options.pods.list()) this.#observe(pod);
  }

  /** The image for new pods; undefined when no image is known to run. */
  current(): string | undefined {
    if (this.#isSeen) return this.#options.image;
    return this.#remembered ?? this.#runningBefore();
  }

  /** Whether new pods get the image that the chart names. */
  get isCurrent(): boolean {
    return this.#isSeen;
  }

  #observe(pod: ObservedPod): void {
    const { agentCheck } = pod;
    const { image, namespace, log } = this.#options;
    if (agentCheck?.image !== image || pod.metadata.namespace !== namespace || this.#isSeen) return;
    if (agentCheck.isReady) {
      this.#isSeen = true;
      log.info({ image }, "the agent's image runs; new pods get it");
      this.#remember();
    } else if (agentCheck.problem !== undefined && this.#isLeading) {
      this.#complain(pod, agentCheck.problem);
    }
  }

  #complain({ metadata: { name, uid, namespace } }: ObservedPod, problem: string): void {
    if (this.#told.has(uid)) return;
    this.#told.add(uid);
    const { image, events, log } = this.#options;
    const instead = this.current();
    const note = `The agent's image ${image} does not run: ${problem}. New pods get ${instead ?? 'no agent'} until it does.`;
    log.warn({ image, problem, instead }, "the agent's image does not run");
    events.record(
      { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
      { type: 'Warning', reason: 'AgentImageNotRunning', action: 'CheckImage', note, name: `davylamp-image-${uid}` },
    );
  }

  #remember(): void {
    const { client, namespace, image, log } = this.#options;
    if (!this.#isLeading || this.#remembered === image) return;
    this.#remembered = image;
    const ref = { namespace, name: AGENT_IMAGE_CONFIG_MAP };
    client.mergePatch(CONFIG_MAPS, ref, { data: { image } }).catch((error: unknown) => {
      log.warn({ error }, 'the image of the agent that runs cannot be remembered');
    });
  }

  /** The image of a check pod that runs: while the image of an upgrade does not run, the earlier check pod stays. */
  #runningBefore(): string | undefined {
    const { pods, namespace } = this.#options;
    return pods.list().find((pod) => pod.agentCheck?.isReady === true && pod.metadata.namespace === namespace)
      ?.agentCheck?.image;
  }

  get #isLeading(): boolean {
    return this.#leading?.aborted === false;
  }
}
