import { OUTSTANDING, OUTSTANDING_BYTES, SEQUENCE } from '../../channel/control-block.ts';
import type { Notice } from '../../channel/notices.ts';
import type { AgentLink } from '../agent-link.ts';
import type { DesiredProbes } from '../desired/desired-probes.ts';
import type { TrackedProbe } from '../desired/tracked-probe.ts';
import type { UnnumberedResult } from './form-result.ts';
import type { HitQueue } from './hit-queue.ts';
import { ResultFrames } from './result-frames.ts';

type Hit = Extract<Notice, { type: 'hit' }>;

/** A result without its number, or undefined when it cannot be cut to the probe's payload. */
export type FormResult = (hit: Hit, tracked: TrackedProbe) => UnnumberedResult | undefined;

/** Makes numbered results of hits, and sends them to the agent in frames; each is outstanding until the socket has taken it. */
export class ResultSender {
  readonly #control: Int32Array;
  readonly #link: AgentLink | undefined;
  readonly #hits: HitQueue;
  readonly #probes: Pick<DesiredProbes, 'get' | 'takeBack'>;
  readonly #form: FormResult;
  readonly #frames = new ResultFrames();
  #flushing: NodeJS.Immediate | undefined;

  constructor(
    control: Int32Array,
    link: AgentLink | undefined,
    hits: HitQueue,
    probes: Pick<DesiredProbes, 'get' | 'takeBack'>,
    form: FormResult,
  ) {
    this.#control = control;
    this.#link = link;
    this.#hits = hits;
    this.#probes = probes;
    this.#form = form;
  }

  onHit(hit: Hit): void {
    const tracked = this.#probes.get(hit.uid);
    if (tracked === undefined || tracked.probe.generation !== hit.generation) {
      this.#settle(1);
      Atomics.sub(this.#control, OUTSTANDING_BYTES, hit.bytes);
      return;
    }
    if (isOfOtherRules(hit, tracked)) {
      Atomics.sub(this.#control, OUTSTANDING_BYTES, hit.bytes);
      this.#forget(tracked);
      return;
    }
    const { counters } = tracked;
    const { sampledShare } = counters;
    this.#hits.add(hit, () => {
      // Bytes of a hit are counted until here; from here on, its result is bounded by its payload and by the socket's buffer.
      Atomics.sub(this.#control, OUTSTANDING_BYTES, hit.bytes);
      // Other rules may have come while it waited.
      if (isOfOtherRules(hit, tracked)) {
        this.#forget(tracked);
        return;
      }
      const result = this.#formed(hit, tracked);
      if (result === 'failed') return this.#drop(tracked, 'CaptureFailed');
      // The number is taken only for a result that is sent: one that is missing in the sequence counts as a lost result.
      const sequence = (this.#control[SEQUENCE] ?? 0) + 1;
      if (result === undefined || !this.#frames.add({ ...result, sequence, sampledShare })) {
        return this.#drop(tracked, 'PayloadTooLarge');
      }
      Atomics.store(this.#control, SEQUENCE, sequence);
      counters.addResult();
      if (this.#frames.isFull) this.flush();
      else this.#flushing ??= setImmediate(() => this.flush());
    });
  }

  /** Sends what there is. @param done called when the socket has taken everything. */
  flush(done?: () => void): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    for (const { text, count } of this.#frames.take()) {
      if (this.#link === undefined) this.#settle(count);
      else this.#link.sendResults(text, () => this.#settle(count));
    }
    if (done === undefined) return;
    if (this.#link === undefined) done();
    else this.#link.drained(done);
  }

  /** What goes wrong with one result ends neither the thread nor the other results. */
  #formed(hit: Hit, tracked: TrackedProbe): ReturnType<FormResult> | 'failed' {
    try {
      return this.#form(hit, tracked);
    } catch {
      return 'failed';
    }
  }

  #drop(tracked: TrackedProbe, reason: 'CaptureFailed' | 'PayloadTooLarge'): void {
    this.#probes.takeBack(tracked, reason);
    this.#settle(1);
  }

  /** A hit that was evaluated under rules of redaction that are not in force any more. */
  #forget({ counters }: TrackedProbe): void {
    counters.takeBack('RedactionChanged');
    this.#settle(1);
  }

  /** So many results are outstanding no longer. */
  #settle(count: number): void {
    Atomics.sub(this.#control, OUTSTANDING, count);
  }
}

function isOfOtherRules({ redactionHash }: Hit, tracked: TrackedProbe): boolean {
  return tracked.isOutdated || redactionHash !== tracked.redactionHash;
}
