import type { PlacementKind } from '../../../api/instance-state.ts';

/** A placement that this process can do. */
export interface PlacementOffer {
  readonly kind: PlacementKind;
  /** Whether it needs the debugger, which has to be enabled before scripts and sites are known. */
  readonly needsDebugger: boolean;
}
