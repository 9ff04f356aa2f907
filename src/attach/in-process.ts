import * as z from 'zod/mini';
import { laterText, runtimeText } from '../runtime/node/idle/load-text.ts';

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

/** The process's own end of a connection to its inspector. */
export interface Connection {
  readonly descriptor: number;
  readonly inode: string;
}

/** Key of globalThis under which the process knows who is connected, for as long as anybody is. */
const KEY = "Symbol.for('dev.davylamp.inspector')";
/** Milliseconds after which the process looks again whether they have all gone. */
const LOOK_MILLISECONDS = 10;
/** How long somebody counts as connected where the process cannot tell. */
const UNKNOWN_MILLISECONDS = 1_000;

/** @returns an expression by which the process knows who is connected, before anything else is done. */
export function arriveText(connections: readonly Connection[]): string {
  return `(() => {
    const key = ${KEY};
    const visits = globalThis[key] ?? { connections: [], closes: false, isEnding: false };
    for (const connection of ${JSON.stringify(connections)}) visits.connections[visits.connections.length] = connection;
    Object.defineProperty(globalThis, key, { value: visits, configurable: true });
  })()`;
}

/**
 * @returns an expression for a promise, of what `startedSchema` reads: it loads and starts the runtime as soon as the process has ended what it is doing,
 * and says whether the runtime is connected, or will be, to the agent in that directory. Comes after `arriveText`; V8 would forget a promise that nobody holds.
 */
export function startText(preload: string, options: { readonly run: string; readonly container?: string }): string {
  return `globalThis[${KEY}].started = ${laterText(`${runtimeText(preload)}.start(${JSON.stringify(options)})`)}`;
}

export const startedSchema = z.union([z.object({ value: z.boolean() }), z.object({ problem: z.string() })]);

/**
 * @returns an expression that ends what `arriveText` has begun, and closes the inspector if this or another visitor has opened it: once all that are
 * connected have gone. Node.js 24.21 was seen to end with a segmentation fault where a client closes its connection in the moment in which
 * `inspector.close()` closes it from the other side (WsHandler::OnCloseFrameWritten), and to stand in `inspector.close()` as long as a client
 * that does not read, such as an agent that is frozen, leaves its connection open. No version is relied on not to.
 */
export function leaveText(closes: boolean): string {
  const end = laterText(`(() => {
    const { fstatSync } = builtin('node:fs');
    const { setTimeout } = builtin('node:timers');
    const inspector = builtin('node:inspector');
    const key = ${KEY};
    // Without it the process could not be told, as where builtins are replaced.
    const visits = globalThis[key] ?? { connections: [{ descriptor: -1, inode: '' }] };
    visits.closes ||= ${closes};
    if (visits.isEnding) return;
    visits.isEnding = true;
    const end = Date.now() + ${UNKNOWN_MILLISECONDS};
    const isOpen = ({ descriptor, inode }) => {
      try {
        return String(fstatSync(descriptor).ino) === inode;
      } catch (error) {
        return error?.code !== 'EBADF' && Date.now() < end;
      }
    };
    const look = () => {
      for (const connection of visits.connections) if (isOpen(connection)) return void later();
      delete globalThis[key];
      if (visits.closes) inspector.close();
    };
    const later = () => setTimeout(look, ${LOOK_MILLISECONDS}).unref();
    later();
  })()`);
  return `((builtin) => ${end})(process.getBuiltinModule ?? require)`;
}
