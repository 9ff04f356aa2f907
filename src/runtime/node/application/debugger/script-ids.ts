import type { Debugger } from 'node:inspector';
import { slice, startsWith } from '../guard/intrinsics.ts';

/** In front of V8's id, of scripts that the catalog knows from the debugger. */
const PREFIX = 'v8:';

/** @returns the id of a script in the catalog, also of one that is not in there as it has no URL. */
export function catalogIdOf(v8Id: string): string {
  return `${PREFIX}${v8Id}`;
}

/** @returns what V8 calls a script; one that V8 has not told of is refused by V8. */
export function v8IdOf(scriptId: string): string {
  return startsWith(scriptId, PREFIX) ? slice(scriptId, PREFIX.length) : scriptId;
}

/** Names the scripts of a pause as the catalog does. @returns the same object, which is nobody else's. */
export function withCatalogIds(event: Debugger.PausedEventDataType): Debugger.PausedEventDataType {
  const { callFrames } = event;
  for (let index = 0; index < callFrames.length; index++) {
    const location = callFrames[index]?.location;
    if (location !== undefined) location.scriptId = catalogIdOf(location.scriptId);
  }
  return event;
}
