import type { PlacementKind } from '../../../api/instance-state.ts';

/** A placement that the process can do. */
export interface PlacementOffer {
  readonly kind: PlacementKind;
  /** Whether the debugger has to be enabled before scripts and places are known to it. */
  readonly needsDebugger: boolean;
}
