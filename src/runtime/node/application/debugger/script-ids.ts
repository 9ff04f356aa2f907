import type { Debugger } from 'node:inspector';
import { slice, startsWith } from '../guard/intrinsics.ts';

/** Prefix of the catalog's ids of scripts that the debugger tells of; V8's id follows. */
const PREFIX = 'v8:';

/** @returns the catalog's id for a script of V8, also for one that is not in the catalog since it has no URL. */
export function catalogIdOf(v8Id: string): string {
  return `${PREFIX}${v8Id}`;
}

/** @returns V8's id of a script; that of another origin comes back as it is, which V8 refuses. */
export function v8IdOf(scriptId: string): string {
  return startsWith(scriptId, PREFIX) ? slice(scriptId, PREFIX.length) : scriptId;
}

/** Changes the script ids of a pause to those of the catalog, in place: nothing else uses the event. @returns the event. */
export function withCatalogIds(event: Debugger.PausedEventDataType): Debugger.PausedEventDataType {
  const { callFrames } = event;
  for (let index = 0; index < callFrames.length; index++) {
    const location = callFrames[index]?.location;
    if (location !== undefined) location.scriptId = catalogIdOf(location.scriptId);
  }
  return event;
}
