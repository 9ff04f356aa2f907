import * as z from 'zod/mini';
import { runtimeText } from '../runtime/node/idle/load-text.ts';

/** What is evaluated in the process that is entered, and what it answers. */

/** Who answers, and whether it can be entered; asked before anything is changed. */
export const identitySchema = z.object({
  pid: z.number(),
  version: z.string(),
  /** What /proc/self/ns/pid leads to; absent where the process may not read it. */
  namespace: z.optional(z.string()),
  isNew: z.boolean(),
  mayRead: z.boolean(),
});

/** @returns an expression for the identity of the process. @param preload file that it has to be able to read. */
export function identityText(preload: string): string {
  return `(() => {
    const builtin = process.getBuiltinModule;
    const isNew = typeof builtin === 'function';
    let namespace;
    try {
      namespace = builtin('node:fs').readlinkSync('/proc/self/ns/pid');
    } catch {}
    const mayRead = process.permission?.has('fs.read', ${JSON.stringify(preload)}) ?? true;
    return { pid: process.pid, version: process.version, namespace, isNew, mayRead };
  })()`;
}

/** @returns an expression that loads and starts the runtime; whether it is connected, or will be, to the agent in that directory. */
export function startText(preload: string, options: { readonly run: string; readonly container?: string }): string {
  return `${runtimeText(preload)}.start(${JSON.stringify(options)})`;
}

/** Milliseconds until the inspector is closed: a moment later, because that waits for its clients, of which this program is one. */
const CLOSE_MILLISECONDS = 50;

/** An expression that closes the inspector of the process. */
export const CLOSE_INSPECTOR = `process.getBuiltinModule?.('node:timers').setTimeout(() => process.getBuiltinModule('node:inspector').close(), ${CLOSE_MILLISECONDS}).unref(), 0`;
