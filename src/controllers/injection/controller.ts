import { REASONS } from '../../api/reasons.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import type { InjectionRecord } from '../../pods/injection-record.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import { IMAGE_OPTIONS_ANNOTATION, PRELOAD_OPTION } from '../../pods/well-known-names.ts';

export interface InjectionControllerOptions {
  readonly pods: Informer<ObservedPod>;
  readonly events: EventRecorder;
}

/** Older pods have got their Event from an earlier operator. Less than the hour for which Events are kept. */
const YOUNG_MS = 10 * 60_000;

/**
 * Observes: pods, and the annotation that admission left on them.
 * Decides: what became of the containers that asked for the agent's runtime.
 * Writes: one Event on the pod for those that got it, and one for each that did not. Their names follow from the pod, so that each exists
 * once whichever replica writes it. Admission cannot write them: a pod has no UID yet during its review.
 * Read by: people, through kubectl describe pod.
 */
export class InjectionController {
  readonly #options: InjectionControllerOptions;
  readonly #told = new Set<string>();

  constructor(options: InjectionControllerOptions) {
    this.#options = options;
  }

  /** The informer must be synced. */
  start(signal: AbortSignal): void {
    this.#options.pods.onChange(({ type, object }) => {
      if (signal.aborted) return;
      if (type === 'deleted') this.#told.delete(object.metadata.uid);
      else this.#tell(object);
    });
  }

  #tell(pod: ObservedPod): void {
    const { namespace, name, uid } = pod.metadata;
    const { injection } = pod;
    if (injection === undefined || this.#told.has(uid) || !isYoung(pod)) return;
    this.#told.add(uid);
    if (injection.containers.length > 0) {
      this.#options.events.record(
        { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
        { type: 'Normal', reason: 'Injected', action: 'Inject', note: whatWasDone(injection), name: `davylamp-${uid}` },
      );
    }
    for (const { container, reason } of injection.skipped) {
      const { means, do: next } = REASONS[reason];
      this.#options.events.record(
        { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
        {
          type: 'Warning',
          reason,
          action: 'Inject',
          note: `Container ${container}: ${means} ${next}`,
          name: `davylamp-${uid}-${container}`,
        },
      );
    }
  }
}

/** The note of the Event: what was changed, above all what the author of the pod may not expect. */
function whatWasDone({ containers, created = [] }: InjectionRecord): string {
  const appended = containers.filter((name) => !created.includes(name));
  return [
    `Added the agent. NODE_OPTIONS got ${PRELOAD_OPTION}.`,
    ...(appended.length === 0 ? [] : [`In ${appended.join(', ')} it follows the value that was there.`]),
    ...(created.length === 0
      ? []
      : [
          `In ${created.join(', ')} it is the whole value: one that the image sets (ENV) is replaced. If it sets one, repeat it in the container's env, or set the annotation ${IMAGE_OPTIONS_ANNOTATION}=true to leave such containers alone.`,
        ]),
  ].join(' ');
}

function isYoung({ metadata }: ObservedPod): boolean {
  return metadata.creationTimestamp === undefined || Date.now() - Date.parse(metadata.creationTimestamp) < YOUNG_MS;
}
