import type { Notice } from '../../channel/notices.ts';
import type { Site } from '../../channel/positions.ts';
import type { ApplicationThread } from '../application-thread.ts';
import { passes } from '../sources/functions/throw-paths.ts';
import type { ScriptTexts } from '../sources/script-texts.ts';
import type { TrackedProbe } from './tracked-probe.ts';

const SHORTEST_WAIT = 100;

/** What the worker does for exits by exception: tells whether an exception leaves the function, and when to watch exceptions again. */
export class ExceptionExits {
  readonly #thread: ApplicationThread;
  readonly #texts: ScriptTexts;

  constructor(thread: ApplicationThread, texts: ScriptTexts) {
    this.#thread = thread;
    this.#texts = texts;
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
    // The thread itself counts what becomes of the exit, so there is nothing to do here when it fails.
    await this.#thread.ask({ type: 'settle', uid, ticket, leaves }).catch(() => {});
  }

  /** Whether an exception leaves the function at the site as an exception; false where the script cannot be read. */
  async #passes(site: Site): Promise<boolean> {
    const { analysis } = await this.#texts.get(site.scriptId);
    return analysis !== undefined && passes(analysis, analysis.lines.offset(site));
  }
}
