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

/** Whether the rules of redaction with this name are those that are to be in force in a pod. */
export type IsInForce = (podName: string, redactionHash: string | undefined) => boolean;

/** What results leave in status, which differs from kind to kind. */
export interface Findings {
  /** Takes one result; called once for each. */
  add(result: Result, source: ResultSource): void;
  /** Forgets what was made under rules of redaction that are not in force any more. @param isInForce whether they are, in this pod. */
  keepOnly(isInForce: IsInForce): void;
  /** @param hits reported hits over all processes. */
  toStatus(hits: number): OwnStatus<Probe>;
}

/** The members of a status that only its kind has. */
type OwnStatus<P> = P extends { status?: infer S } ? Omit<NonNullable<S>, keyof ProbeStatus> : never;
