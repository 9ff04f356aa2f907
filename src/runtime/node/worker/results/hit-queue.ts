import { setImmediate } from 'node:timers/promises';
import type { Notice } from '../../channel/notices.ts';
import type { RawCapture } from '../../channel/raw-values.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';

type Hit = Extract<Notice, { type: 'hit' }>;

/** How long results are formed in one turn of the event loop: between turns, the thread reads from the agent and runs timers. */
const SLICE_MILLISECONDS = 10;

interface Waiting {
  readonly scriptIds: readonly string[];
  readonly form: () => void;
}

/** Holds hits back, in their order, until the names of the scripts in them are known and there is time to form their results. */
export class HitQueue {
  readonly #scripts: Scripts;
  readonly #naming: Naming;
  readonly #waiting: Waiting[] = [];
  #isLoading = false;
  /** When results began to be formed in this turn of the event loop; undefined until the first. */
  #began: number | undefined;

  constructor(scripts: Scripts, naming: Naming) {
    this.#scripts = scripts;
    this.#naming = naming;
  }

  /** @param form is called when names are known, which is at once for most. */
  add({ capture }: Hit, form: () => void): void {
    const scriptIds = capture === undefined ? [] : this.#scriptsIn(capture);
    if (this.#waiting.length === 0 && this.#hasTime() && this.#naming.missing(scriptIds).length === 0) {
      form();
      return;
    }
    this.#waiting.push({ scriptIds, form });
    if (!this.#isLoading) void this.#load();
  }

  /** Forms all results at once, with names or without: the process ends. */
  flush(): void {
    for (const { form } of this.#waiting.splice(0)) form();
  }

  /** Ids of the scripts whose names are needed: those of frames if they have a source map, those of functions that await to know the class. */
  #scriptsIn({ frames, asyncFrames = [] }: RawCapture): string[] {
    const mapped = frames.map(({ scriptId }) => scriptId).filter((scriptId) => this.#naming.isMapped(scriptId));
    return [...mapped, ...asyncFrames.flatMap(({ url }) => this.#scripts.named(url)?.info.scriptId ?? [])];
  }

  #hasTime(): boolean {
    if (this.#began === undefined) {
      this.#began = performance.now();
      void setImmediate().then(() => {
        this.#began = undefined;
      });
    }
    return performance.now() - this.#began < SLICE_MILLISECONDS;
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      for (const scriptId of this.#naming.missing(first.scriptIds)) {
        await this.#naming.load(scriptId).catch(() => this.#naming.giveUp(scriptId));
      }
      // All messages of a busy thread come in one turn of the event loop, which must not last until all their results are formed.
      if (!this.#hasTime()) await setImmediate();
      // The process may have ended meanwhile.
      if (this.#waiting[0] === first) this.#waiting.shift()?.form();
    }
    this.#isLoading = false;
  }
}
