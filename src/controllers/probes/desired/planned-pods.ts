import type { ObservedPod } from '../../../pods/observed-pod.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { PodDecision } from '../decide.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { Holder } from './hit-grants.ts';

/** What the last plan of a probe read and decided of one matched pod, so that the next one reads only pods that have changed. */
export interface PlannedPod {
  readonly pod: ObservedPod;
  /** The Fleet's version of the pod when the members below were read. */
  readonly heardVersion: number;
  readonly isConnected: boolean;
  /** Languages that the processes declare for which the probe is meant. */
  readonly languages: readonly string[];
  /** Results that its agents dropped from their own buffer, counted since the operator started. */
  readonly drops: number;
  holder: Holder;
  decision: PodDecision;
  /** What status shows of the pod, and the version and decision from which it was made. */
  shown: { readonly matched: MatchedPod; readonly version: number; readonly decision: PodDecision } | undefined;
}

/** The results of the last plan of one generation of a probe. */
export class PlannedPods {
  readonly byUID = new Map<string, PlannedPod>();
  /** The probe as it is sent to all its pods. */
  wire: WireProbe | undefined;
  /** UIDs of the pods to which the probe is assigned. */
  assigned: ReadonlySet<string> = new Set();
  /** Hits that were counted when the limit was divided last; undefined when it must be divided anew. */
  dividedAt: number | undefined;
  /** False before the first plan. */
  isBegun = false;
}
