import type { BreakLocation, Position } from '../../../channel/positions.ts';
import type { FunctionSearches } from '../functions/function-searches.ts';
import type { Naming } from '../names/naming.ts';
import type { ScriptTexts } from '../script-texts.ts';

/** What can be asked of scripts: `possible` has the application's thread list where V8 can stop between two positions. */
export interface ScriptAccess {
  possible(scriptId: string, start: Position, end: Position): Promise<BreakLocation[]>;
  readonly texts: ScriptTexts;
  readonly searches: FunctionSearches;
  readonly naming: Naming;
}
