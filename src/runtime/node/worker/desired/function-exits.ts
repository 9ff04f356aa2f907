import type { Notice } from '../../channel/notices.ts';
import type { Site } from '../../channel/positions.ts';
import type { ApplicationThread } from '../application-thread.ts';
import { passes, type ThrowPaths, throwPathsIn } from '../sources/functions/throw-paths.ts';
import { LineTable } from '../sources/line-table.ts';
import type { TrackedProbe } from './tracked-probe.ts';

/** Scripts whose throw paths are kept. */
const MAX_SCRIPTS = 50;
/** A larger script is not read for this: no exception is said to come through it. */
const MAX_SOURCE = 32 * 1024 * 1024;
const SHORTEST_WAIT = 100;

interface ScriptPaths {
  readonly functions: readonly ThrowPaths[];
  readonly lines: LineTable;
}

/** What the worker does for exits by exception: says whether one leaves the function, and when to watch again. */
export class FunctionExits {
  readonly #thread: ApplicationThread;
  readonly #source: (scriptId: string) => Promise<string>;
  readonly #paths = new Map<string, Promise<ScriptPaths | undefined>>();

  constructor(thread: ApplicationThread, source: (scriptId: string) => Promise<string>) {
    this.#thread = thread;
    this.#source = source;
  }

  onUnwatched(tracked: TrackedProbe, { uid, milliseconds, why }: Extract<Notice, { type: 'unwatched' }>): void {
    tracked.exits =
      why === 'budget'
        ? 'exits by exception are sampled: the process throws more exceptions than limits.cpuMillisecondsPerSecond can pay for'
        : 'exits by exception are not seen while the inspector of the process is open';
    clearTimeout(tracked.watching);
    tracked.watching = setTimeout(
      () => {
        if (why === 'debugger') tracked.exits = undefined;
        this.#thread.ask({ type: 'watch', uid }).catch((error: Error) => {
          tracked.exits = `exits by exception are not seen: ${error.message}`;
        });
      },
      Math.max(SHORTEST_WAIT, milliseconds),
    );
  }

  async onThrown({ uid, ticket, through }: Extract<Notice, { type: 'thrown' }>): Promise<void> {
    let leaves = true;
    for (const site of through) leaves &&= await this.#passes(site).catch(() => false);
    // What the thread makes of a settled exit it counts itself.
    await this.#thread.ask({ type: 'settle', uid, ticket, leaves }).catch(() => {});
  }

  async #passes(site: Site): Promise<boolean> {
    const known = this.#paths.get(site.scriptId) ?? this.#read(site.scriptId);
    this.#paths.delete(site.scriptId);
    this.#paths.set(site.scriptId, known);
    const [oldest] = this.#paths.keys();
    if (this.#paths.size > MAX_SCRIPTS && oldest !== undefined) this.#paths.delete(oldest);
    const paths = await known;
    return paths !== undefined && passes(paths.functions, paths.lines.offset(site));
  }

  async #read(scriptId: string): Promise<ScriptPaths | undefined> {
    const source = await this.#source(scriptId);
    const functions = source.length > MAX_SOURCE ? undefined : throwPathsIn(source, '');
    return functions && { functions, lines: new LineTable(source) };
  }
}
