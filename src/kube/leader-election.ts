import { setTimeout as delay } from 'node:timers/promises';
import type { KubeClient } from './client.ts';
import { type Lease, LeaseRecord } from './lease.ts';

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique per replica; others read it from `currentHolder()`, so it can carry an address: `pod_10.0.0.7`. */
  readonly identity: string;
  /** How long the Lease of a leader counts that does not renew it. Default 15. */
  readonly leaseDurationSeconds?: number;
  /** How long a leader goes on leading while it cannot renew. Less than the lease's duration. Default 10. */
  readonly renewDeadlineSeconds?: number;
  /** Time between attempts. Default 2. */
  readonly retryPeriodSeconds?: number;
  /** `signal` aborts as soon as leading must end. */
  onStartedLeading(signal: AbortSignal): void;
  /** Awaited before the Lease is released, so that a successor never works beside the last steps of its predecessor. */
  onStoppedLeading?(): void | Promise<void>;
  /** A failed attempt; it is repeated. */
  onError?(error: Error): void;
}

/**
 * At most one leader, by a Lease, as client-go does it: a lease counts as held until its duration has passed on the local
 * clock since the last change of it was seen, so clocks need not agree. A leader that cannot renew stops before another one may start.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #record: LeaseRecord;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  #seen: Lease | undefined;
  #seenAt = 0;
  #isLeader = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#record = new LeaseRecord(options.client, options);
    this.#durationMs = (options.leaseDurationSeconds ?? 15) * 1000;
    this.#deadlineMs = (options.renewDeadlineSeconds ?? 10) * 1000;
    this.#retryMs = (options.retryPeriodSeconds ?? 2) * 1000;
    if (!(this.#retryMs < this.#deadlineMs && this.#deadlineMs < this.#durationMs)) {
      throw new RangeError('retry period < renew deadline < lease duration must hold');
    }
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Identity of the leader as last seen, ours included; undefined while there is none. */
  currentHolder(): string | undefined {
    const holder = this.#seen?.spec.holderIdentity;
    return holder && !this.#isExpired() ? holder : undefined;
  }

  /**
   * Waits for the Lease, leads, and ends.
   * @returns `stopped` after `signal` aborted (the Lease is released); `lost` if renewing failed too long: the process should exit then.
   */
  async run(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    while (!signal.aborted && !(await this.#attempt(signal, this.#deadlineMs))) {
      await delay(this.#retryMs * (1 + Math.random() / 5), undefined, { signal }).catch(() => undefined);
    }
    // If the abort came while the Lease was being written, this replica may hold it.
    if (signal.aborted) {
      await this.#release();
      return 'stopped';
    }
    const leading = new AbortController();
    this.#isLeader = true;
    this.#options.onStartedLeading(leading.signal);
    const end = await this.#renew(signal);
    this.#isLeader = false;
    leading.abort(new Error(end === 'lost' ? 'the lease was lost' : 'the replica stops'));
    await this.#options.onStoppedLeading?.();
    if (end === 'stopped') await this.#release();
    return end;
  }

  async #renew(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    let renewedAt = performance.now();
    while (!signal.aborted) {
      await delay(this.#retryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      const left = this.#deadlineMs - (performance.now() - renewedAt);
      if (left <= 0) return 'lost';
      const startedAt = performance.now();
      if (await this.#attempt(signal, left)) renewedAt = startedAt;
      else if (this.#isHeldByOther()) return 'lost';
    }
    return 'stopped';
  }

  /** One attempt to get or keep the Lease, in at most `timeoutMs`. */
  async #attempt(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { identity } = this.#options;
    const limited = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)))]);
    try {
      const lease = await this.#record.read(limited);
      this.#observe(lease);
      if (this.#isHeldByOther()) return false;
      const written = await this.#record.write(lease, identity, this.#durationMs / 1000, limited);
      if (written) this.#observe(written);
      return written !== undefined;
    } catch (error) {
      if (!signal.aborted) this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  #observe(lease: Lease | undefined): void {
    if (lease?.metadata.resourceVersion !== this.#seen?.metadata.resourceVersion) this.#seenAt = performance.now();
    this.#seen = lease;
  }

  #isExpired(): boolean {
    return performance.now() - this.#seenAt > this.#durationMs;
  }

  #isHeldByOther(): boolean {
    const holder = this.#seen?.spec.holderIdentity;
    return holder !== undefined && holder !== '' && holder !== this.#options.identity && !this.#isExpired();
  }

  /** Releases the Lease, so that the successor need not wait until it has expired. */
  async #release(): Promise<void> {
    const limited = AbortSignal.timeout(Math.min(this.#deadlineMs, 3000));
    try {
      const lease = await this.#record.read(limited);
      if (lease?.spec.holderIdentity !== this.#options.identity) return;
      const released = await this.#record.write(lease, '', 1, limited);
      if (released) this.#observe(released);
    } catch (error) {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
