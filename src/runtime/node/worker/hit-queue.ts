import type { Naming } from '../location/naming.ts';
import type { Scripts } from '../location/scripts.ts';
import type { Notice, RawCapture } from '../messages.ts';

type Hit = Extract<Notice, { type: 'hit' }>;

interface Waiting {
  readonly scriptIds: readonly string[];
  readonly form: () => void;
}

/** Holds hits back, in their order, until the names of the scripts in them are known. */
export class HitQueue {
  readonly #scripts: Scripts;
  readonly #naming: Naming;
  readonly #waiting: Waiting[] = [];
  #isLoading = false;

  constructor(scripts: Scripts, naming: Naming) {
    this.#scripts = scripts;
    this.#naming = naming;
  }

  /** @param form is called when names are known, which is at once for most. */
  add({ capture }: Hit, form: () => void): void {
    const scriptIds = capture === undefined ? [] : this.#scriptsIn(capture);
    if (this.#waiting.length === 0 && this.#naming.missing(scriptIds).length === 0) {
      form();
      return;
    }
    this.#waiting.push({ scriptIds, form });
    if (!this.#isLoading) void this.#load();
  }

  /** Gives out all of them: the process ends. */
  flush(): void {
    for (const { form } of this.#waiting.splice(0)) form();
  }

  /** Those whose names are needed: of frames where they differ from the source's, of waiting functions to know their class. */
  #scriptsIn({ frames, asyncFrames = [] }: RawCapture): string[] {
    const mapped = frames.map(({ scriptId }) => scriptId).filter((scriptId) => this.#naming.isMapped(scriptId));
    return [...mapped, ...asyncFrames.flatMap(({ url }) => this.#scripts.named(url)?.info.scriptId ?? [])];
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      for (const scriptId of this.#naming.missing(first.scriptIds)) {
        await this.#naming.load(scriptId).catch(() => this.#naming.giveUp(scriptId));
      }
      // The process may have ended meanwhile.
      if (this.#waiting[0] === first) this.#waiting.shift()?.form();
    }
    this.#isLoading = false;
  }
}
