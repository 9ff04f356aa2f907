import type { ScriptInfo } from '../../channel/script-info.ts';
import { findFile } from '../sources/locate/find-file.ts';
import type { Scripts } from '../sources/scripts.ts';
import type { Lifetimes, ProbeSet } from './lifetimes.ts';
import type { StepQueue } from './step-queue.ts';
import type { Status, TrackedProbe } from './tracked-probe.ts';

/** How long reasons wait to be looked at again: files load many at a time. */
const EXPLAIN_MILLISECONDS = 300;

/** Whether a probe is refused because of what is loaded, which a file that loads later can change. */
export function isOfFiles({ reason }: Status): boolean {
  return reason === 'AmbiguousFile' || reason === 'SourceMapMissing' || reason === 'LineNotExecutable';
}

function isForWantOfFile({ reason }: Status): boolean {
  return reason === 'FileNotLoaded' || reason === 'ContextNotSupported' || reason === 'SourceMapMissing';
}

/** Looks at new scripts: a waiting probe may have its place in one, and an armed one may have got another copy of its file. */
export class WaitingForFiles {
  readonly #scripts: Scripts;
  readonly #directory: string;
  readonly #queue: StepQueue;
  readonly #lifetimes: Lifetimes;
  readonly #set: ProbeSet;
  readonly #tracked: ReadonlyMap<string, TrackedProbe>;
  /** Ids of scripts that were not looked at yet. */
  #fresh: string[] = [];
  #explaining: NodeJS.Timeout | undefined;

  /** @param directory that paths of files are shown from. */
  constructor(
    scripts: Scripts,
    directory: string,
    queue: StepQueue,
    lifetimes: Lifetimes,
    set: ProbeSet,
    tracked: ReadonlyMap<string, TrackedProbe>,
  ) {
    this.#scripts = scripts;
    this.#directory = directory;
    this.#queue = queue;
    this.#lifetimes = lifetimes;
    this.#set = set;
    this.#tracked = tracked;
  }

  onScripts(scripts: readonly ScriptInfo[]): void {
    for (const script of scripts) {
      this.#scripts.add(script);
      this.#fresh.push(script.scriptId);
    }
    // What loads together is looked at together.
    if (this.#fresh.length === scripts.length) this.#queue.later(() => this.#onFresh());
  }

  /** Looks again at why probes wait for files: what is loaded now can be the answer, such as a similar path. */
  explain(): void {
    clearTimeout(this.#explaining);
    this.#explaining = undefined;
    for (const tracked of this.#tracked.values()) {
      const { file } = tracked.probe.location;
      if (file === undefined || this.#set.overload !== undefined || !isForWantOfFile(tracked.status)) continue;
      const found = findFile(file, this.#scripts, this.#directory);
      if (!('state' in found)) continue;
      const { state, reason, message } = found;
      tracked.status = { state: state === 'waiting' ? 'Waiting' : 'Failed', reason, message };
    }
  }

  async #onFresh(): Promise<void> {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const tracked of this.#tracked.values()) {
      const { state } = tracked.status;
      const { file } = tracked.probe.location;
      const concerns = file === undefined || fresh.some((scriptId) => this.#scripts.isIn(scriptId, file));
      if (!concerns) continue;
      if (state === 'Waiting' || (state === 'Failed' && isOfFiles(tracked.status)))
        await this.#lifetimes.bring(tracked);
      else if (state === 'Armed' && file !== undefined) await this.#lifetimes.extend(tracked).catch(() => {});
    }
    this.#explaining ??= setTimeout(() => this.explain(), EXPLAIN_MILLISECONDS);
  }
}
