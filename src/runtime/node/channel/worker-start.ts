import type { ProcessInfo } from '../../../protocol/state.ts';
import type { PlacementOffer } from './placement-offer.ts';

/** What the application's thread gives the worker when it starts. */
export interface WorkerStart {
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Counters of probes that this thread had before, by `countersKey`. */
  readonly counters: ReadonlyMap<string, SharedArrayBuffer>;
  /** Placements that the process can do, the best first. */
  readonly placements: readonly PlacementOffer[];
  readonly run: string;
  readonly hello: ProcessInfo;
  /** Working directory, for showing paths. */
  readonly directory: string;
  /** Whether the runtime was loaded while the process ran; it ends when the agent's directory is removed. */
  readonly isAttached: boolean;
}
