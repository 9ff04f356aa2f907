import type { Probe } from '../../../api/kinds.ts';
import type { ProbeStatus } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';

/** Where a result comes from, as people know it. */
export interface ResultSource {
  readonly podName: string;
  readonly containerName?: string;
  /** Process id inside the container. */
  readonly processID?: number;
}

/** What results leave behind in status: the part of a controller that differs from kind to kind. */
export interface Findings {
  /** Takes one result, exactly once. */
  add(result: Result, source: ResultSource): void;
  /** @param hits reported hits over all processes. */
  toStatus(hits: number): OwnStatus<Probe>;
}

/** The part of a status that only its kind has. */
type OwnStatus<P> = P extends { status?: infer S } ? Omit<NonNullable<S>, keyof ProbeStatus> : never;
