import type { ObservedPod } from '../../../pods/observed-pod.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { PodDecision } from '../decide.ts';
import type { MatchedPod } from '../status/verdict.ts';
import type { Holder } from './hit-grants.ts';

/** One matched pod as the last plan of a probe left it, so that the next one looks again only at pods of which something is new. */
export interface PlannedPod {
  readonly pod: ObservedPod;
  /** The Fleet's version of the pod when the following were read. */
  readonly heardVersion: number;
  readonly isConnected: boolean;
  /** What the processes declare that the probe is meant for. */
  readonly languages: readonly string[];
  /** Results that its agents dropped from their own buffer, counted since the operator started. */
  readonly drops: number;
  holder: Holder;
  decision: PodDecision;
  /** What the decision came to once the desired state was told. */
  shown: { readonly matched: MatchedPod; readonly version: number; readonly decision: PodDecision } | undefined;
}

/** What the last plan of one generation of a probe came to. */
export class PlannedPods {
  readonly byUID = new Map<string, PlannedPod>();
  /** The probe as all its pods get it. */
  wire: WireProbe | undefined;
  /** Pods to which it is assigned. */
  assigned: ReadonlySet<string> = new Set();
  /** Hits that were counted when the limit was divided; undefined when it is to be divided anew. */
  dividedAt: number | undefined;
  /** False before the first plan. */
  isBegun = false;
}
