import type { BreakLocation, Position } from '../../../channel/positions.ts';
import type { ScriptFunctions } from '../functions/script-functions.ts';
import type { Naming } from '../names/naming.ts';

/** What only the application's thread knows of its scripts. */
export interface ScriptAccess {
  possible(scriptId: string, start: Position, end: Position): Promise<BreakLocation[]>;
  readonly functions: ScriptFunctions;
  readonly naming: Naming;
}
