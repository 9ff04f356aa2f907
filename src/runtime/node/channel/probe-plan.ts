import type { PlacementKind } from '../../../api/instance-state.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { FunctionPlan } from './function-plan.ts';
import type { Site } from './positions.ts';

/** Sources of the expressions that are evaluated at a site, in which `$` is the guard. */
export interface SiteCode {
  readonly condition?: string;
  /** Placeholders of a message, or watches; then, where `privates` is not empty, one expression that reads those fields. */
  readonly values: readonly string[];
  /** Private fields of the class around a snapshot, by their names in the source, without the `#`. */
  readonly privates: readonly string[];
  /** Variables whose scope V8 has left at the site, innermost first. */
  readonly left?: readonly LeftVariable[];
}

/** A variable, in generated code, that the code at a site sees and V8 does not. */
export interface LeftVariable {
  readonly name: string;
  /** Whether the function returns the value of this variable. */
  readonly isResult: boolean;
}

/** A probe made ready for the application's thread: sources of expressions compiled, positions found. */
export interface ProbePlan extends SiteCode {
  readonly probe: WireProbe;
  /** Name of the rules of redaction with which it was compiled. */
  readonly redactionHash?: string | undefined;
  readonly placement: PlacementKind;
  readonly slot: number;
  readonly counters: SharedArrayBuffer;
  readonly sites: readonly Site[];
  /** The code of each site, where copies of the file differ in the names of variables; else that of the plan holds for all. */
  readonly codes?: readonly SiteCode[];
  /** What the probe needs to know of the function around the sites. */
  readonly function?: FunctionPlan;
}
