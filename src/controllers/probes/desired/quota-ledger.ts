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
  /** The quota, as who claimed last has it: all do, but not all are planned at the same time after a change. */
  claim: QuotaClaim;
  probes: number;
  cpuMillisecondsPerSecond: number;
  /** In the order in which they were admitted. */
  readonly admitted: Map<string, QuotaUse>;
  readonly waiting: Set<string>;
}

/**
 * Who has a part of which quota. It is in the memory of the one replica that leads, and asked in one place, so a quota holds however many
 * probes are created at the same moment. What was admitted stays so; where a quota becomes smaller, those that were admitted last go first.
 * What is given back goes to the oldest that waits at once, so that none that is planned by chance comes before it.
 */
export class QuotaLedger {
  readonly #accounts = new Map<string, Account>();
  readonly #claimants = new Map<string, Claimant>();
  readonly #admitted = new Set<string>();
  readonly #onAdmitted: (keys: readonly string[]) => void;

  /** @param onAdmitted is told who waited and has its parts now, the oldest first. */
  constructor(onAdmitted: (keys: readonly string[]) => void = () => {}) {
    this.#onAdmitted = onAdmitted;
  }

  /** Takes its part of every quota, or of none. @returns why there is no room; undefined when it has its parts. */
  claim(claimant: Claimant): Exceeded | undefined {
    const before = this.#claimants.get(claimant.key);
    this.#takeNote(claimant.claims);
    if (before !== undefined && this.#admitted.has(claimant.key) && isSame(before, claimant)) {
      this.#claimants.set(claimant.key, claimant);
      return this.#keep(claimant);
    }
    const left = this.#leave(claimant.key);
    this.#claimants.set(claimant.key, claimant);
    const exceeded = this.#enter(claimant);
    this.#admitWaiting(left);
    return exceeded;
  }

  /** Gives its parts back. */
  release(key: string): void {
    const left = this.#leave(key);
    this.#claimants.delete(key);
    this.#admitWaiting(left);
  }

  /** Of a policy that has changed, with which there may be room for those that wait. */
  #takeNote(claims: readonly QuotaClaim[]): void {
    const changed: Account[] = [];
    for (const claim of claims) {
      const account = this.#accounts.get(claim.key);
      if (account === undefined || account.claim.policy === claim.policy) continue;
      account.claim = claim;
      changed.push(account);
    }
    this.#admitWaiting(changed);
  }

  #enter(claimant: Claimant): Exceeded | undefined {
    const { key, use, claims } = claimant;
    const accounts = claims.map((claim) => this.#accountOf(claim));
    const full = accounts.find((account) => !hasRoom(account.claim, account, use));
    if (full !== undefined) {
      for (const account of accounts) account.waiting.add(key);
      return { policy: full.claim.policy, message: describeExceeded(full.claim, full, use) };
    }
    for (const account of accounts) {
      account.waiting.delete(key);
      account.admitted.set(key, use);
      account.probes += use.probes;
      account.cpuMillisecondsPerSecond += use.cpuMillisecondsPerSecond;
    }
    this.#admitted.add(key);
    return undefined;
  }

  /** One that was admitted stays, unless a quota has become smaller and it is among the last. */
  #keep({ key, claims, use }: Claimant): Exceeded | undefined {
    for (const claim of claims) {
      const account = this.#accountOf(claim);
      if (hasRoom(claim, account, NOTHING_USED)) continue;
      const before = { probes: 0, cpuMillisecondsPerSecond: 0 };
      for (const [other, its] of account.admitted) {
        if (other === key) break;
        before.probes += its.probes;
        before.cpuMillisecondsPerSecond += its.cpuMillisecondsPerSecond;
      }
      if (hasRoom(claim, before, use)) continue;
      const left = this.#leave(key);
      for (const one of claims) this.#accountOf(one).waiting.add(key);
      this.#admitWaiting(left);
      return { policy: claim.policy, message: describeExceeded(claim, before, use) };
    }
    return undefined;
  }

  #admitWaiting(accounts: readonly Account[]): void {
    const waiting = [...new Set(accounts.flatMap((account) => [...account.waiting]))];
    const admitted = waiting
      .toSorted((a, b) => this.#compare(a, b))
      .filter((key) => {
        const claimant = this.#claimants.get(key);
        return claimant !== undefined && this.#enter(claimant) === undefined;
      });
    if (admitted.length > 0) this.#onAdmitted(admitted);
  }

  /** @returns the accounts of which it had a part. */
  #leave(key: string): readonly Account[] {
    const left: Account[] = [];
    for (const { key: account } of this.#claimants.get(key)?.claims ?? []) {
      const one = this.#accounts.get(account);
      if (one === undefined) continue;
      const use = one.admitted.get(key);
      one.waiting.delete(key);
      if (use !== undefined) {
        left.push(one);
        one.admitted.delete(key);
        one.probes -= use.probes;
        one.cpuMillisecondsPerSecond -= use.cpuMillisecondsPerSecond;
      }
      if (one.admitted.size + one.waiting.size === 0) this.#accounts.delete(account);
    }
    this.#admitted.delete(key);
    return left;
  }

  #accountOf(claim: QuotaClaim): Account {
    const known = this.#accounts.get(claim.key);
    if (known !== undefined) return known;
    const nothing = { probes: 0, cpuMillisecondsPerSecond: 0, admitted: new Map(), waiting: new Set<string>() };
    const account = { claim, ...nothing };
    this.#accounts.set(claim.key, account);
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
