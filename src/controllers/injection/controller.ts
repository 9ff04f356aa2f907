import { REASONS } from '../../api/reasons.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import type { ObservedPod } from '../observed-pod.ts';

export interface InjectionControllerOptions {
  readonly pods: Informer<ObservedPod>;
  readonly events: EventRecorder;
}

/** Pods that are older have had their Event from an operator before this one; Events live for an hour. */
const YOUNG_MS = 10 * 60_000;

/**
 * Observes: pods, and the annotation that admission left on them.
 * Decides: which containers asked for the agent's runtime and did not get it.
 * Writes: one Event on the pod for each, whose name follows from the pod, so that it exists once whoever writes it. Admission itself
 * cannot: a pod has no UID yet when it is asked about.
 * Read by: people, through kubectl describe pod.
 */
export class InjectionController {
  private readonly options: InjectionControllerOptions;
  private readonly told = new Set<string>();

  constructor(options: InjectionControllerOptions) {
    this.options = options;
  }

  /** The informer must be synced. */
  start(signal: AbortSignal): void {
    this.options.pods.onChange(({ type, object }) => {
      if (signal.aborted) return;
      if (type === 'deleted') this.told.delete(object.metadata.uid);
      else this.tell(object);
    });
  }

  private tell(pod: ObservedPod): void {
    const { namespace, name, uid } = pod.metadata;
    const skipped = pod.injection?.skipped ?? [];
    if (skipped.length === 0 || this.told.has(uid) || !isYoung(pod)) return;
    this.told.add(uid);
    for (const { container, reason } of skipped) {
      const { means, do: next } = REASONS[reason];
      this.options.events.record(
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

function isYoung({ metadata }: ObservedPod): boolean {
  return metadata.creationTimestamp === undefined || Date.now() - Date.parse(metadata.creationTimestamp) < YOUNG_MS;
}
