import type { Probe } from '../../../api/kinds.ts';
import type { ProbeStatus } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';

/** Where a result comes from, in the terms of status. */
export interface ResultSource {
  readonly podName: string;
  readonly containerName?: string;
  /** Process id inside the container. */
  readonly processID?: number;
}

/** What results leave in status, which differs from kind to kind. */
export interface Findings {
  /** Takes one result; called once for each. */
  add(result: Result, source: ResultSource): void;
  /** @param hits reported hits over all processes. */
  toStatus(hits: number): OwnStatus<Probe>;
}

/** The members of a status that only its kind has. */
type OwnStatus<P> = P extends { status?: infer S } ? Omit<NonNullable<S>, keyof ProbeStatus> : never;
