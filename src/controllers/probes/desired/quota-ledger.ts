import type { PolicyView } from '../../../policy/policy-view.ts';
import { describeExceeded, hasRoom, NOTHING_USED, type QuotaClaim, type QuotaUse } from '../../../policy/quota.ts';

/** A probe that takes from quotas, as the ledger knows it. */
export interface Claimant {
  /** Names the probe, and is the same for all of its generations. */
  readonly key: string;
  /** ISO 8601; of two that came while there was no room the older one is first. */
  readonly created: string;
  readonly use: QuotaUse;
  readonly claims: readonly QuotaClaim[];
}

/** Why a probe has to wait: the policy whose quota is used up, and the beginning of a sentence. */
export interface Exceeded {
  readonly policy: PolicyView;
  readonly message: string;
}

interface Account {
  probes: number;
  cpuMillisecondsPerSecond: number;
  /** In the order in which they were admitted. */
  readonly admitted: Map<string, QuotaUse>;
  readonly waiting: Set<string>;
}

/**
 * Who has a part of which quota. It is in the memory of the one replica that leads, and asked in one place, so a quota holds however many
 * probes are created at the same moment. What was admitted stays so; where a quota becomes smaller, those that were admitted last go first.
 */
export class QuotaLedger {
  readonly #accounts = new Map<string, Account>();
  readonly #claimants = new Map<string, Claimant>();
  readonly #admitted = new Set<string>();
  readonly #onRoom: (keys: readonly string[]) => void;

  /** @param onRoom is told who waits for what was given back, the oldest first. */
  constructor(onRoom: (keys: readonly string[]) => void = () => {}) {
    this.#onRoom = onRoom;
  }

  /** Takes its part of every quota, or of none. @returns why there is no room; undefined when it has its parts. */
  claim(claimant: Claimant): Exceeded | undefined {
    const before = this.#claimants.get(claimant.key);
    if (before !== undefined && this.#admitted.has(claimant.key) && isSame(before, claimant)) {
      this.#claimants.set(claimant.key, claimant);
      return this.#keep(claimant);
    }
    this.#leave(claimant.key);
    this.#claimants.set(claimant.key, claimant);
    return this.#enter(claimant);
  }

  /** Gives its parts back. */
  release(key: string): void {
    const claimant = this.#claimants.get(key);
    if (claimant === undefined) return;
    const accounts = claimant.claims.flatMap((claim) => this.#accounts.get(claim.key) ?? []);
    const wasAdmitted = this.#admitted.has(key);
    this.#leave(key);
    this.#claimants.delete(key);
    if (!wasAdmitted) return;
    const waiting = [...new Set(accounts.flatMap((account) => [...account.waiting]))];
    if (waiting.length > 0) this.#onRoom(waiting.toSorted((a, b) => this.#compare(a, b)));
  }

  #enter(claimant: Claimant): Exceeded | undefined {
    const { key, use, claims } = claimant;
    const full = claims.find((claim) => !hasRoom(claim, this.#accountOf(claim.key), use));
    if (full !== undefined) {
      for (const claim of claims) this.#accountOf(claim.key).waiting.add(key);
      return { policy: full.policy, message: describeExceeded(full, this.#accountOf(full.key), use) };
    }
    for (const claim of claims) {
      const account = this.#accountOf(claim.key);
      account.admitted.set(key, use);
      account.probes += use.probes;
      account.cpuMillisecondsPerSecond += use.cpuMillisecondsPerSecond;
    }
    this.#admitted.add(key);
    return undefined;
  }

  /** One that was admitted stays, unless a quota has become smaller and it is among the last. */
  #keep({ key, claims, ...claimant }: Claimant): Exceeded | undefined {
    for (const claim of claims) {
      const account = this.#accountOf(claim.key);
      if (hasRoom(claim, account, NOTHING_USED)) continue;
      const before = { probes: 0, cpuMillisecondsPerSecond: 0 };
      for (const [other, use] of account.admitted) {
        if (other === key) break;
        before.probes += use.probes;
        before.cpuMillisecondsPerSecond += use.cpuMillisecondsPerSecond;
      }
      if (hasRoom(claim, before, claimant.use)) continue;
      this.#leave(key);
      for (const one of claims) this.#accountOf(one.key).waiting.add(key);
      return { policy: claim.policy, message: describeExceeded(claim, before, claimant.use) };
    }
    return undefined;
  }

  #leave(key: string): void {
    for (const claim of this.#claimants.get(key)?.claims ?? []) {
      const account = this.#accountOf(claim.key);
      const use = account.admitted.get(key);
      account.waiting.delete(key);
      if (use !== undefined) {
        account.admitted.delete(key);
        account.probes -= use.probes;
        account.cpuMillisecondsPerSecond -= use.cpuMillisecondsPerSecond;
      }
      if (account.admitted.size + account.waiting.size === 0) this.#accounts.delete(claim.key);
    }
    this.#admitted.delete(key);
  }

  #accountOf(key: string): Account {
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const account = { probes: 0, cpuMillisecondsPerSecond: 0, admitted: new Map(), waiting: new Set<string>() };
    this.#accounts.set(key, account);
    return account;
  }

  #compare(a: string, b: string): number {
    const [createdA = '', createdB = ''] = [this.#claimants.get(a)?.created, this.#claimants.get(b)?.created];
    return createdA < createdB ? -1 : createdA > createdB ? 1 : a < b ? -1 : 1;
  }
}

/** Whether it takes the same of the same quotas; how much of them there is may have changed. */
function isSame(a: Claimant, b: Claimant): boolean {
  return (
    a.use.cpuMillisecondsPerSecond === b.use.cpuMillisecondsPerSecond &&
    a.claims.length === b.claims.length &&
    a.claims.every(({ key }, index) => key === b.claims[index]?.key)
  );
}
