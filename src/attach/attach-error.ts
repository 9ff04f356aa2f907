import type { Reason } from '../api/reasons.ts';

/** Why a process cannot be entered, as its probes show it. */
export type AttachReason = Extract<
  Reason,
  | 'InspectorPortTaken'
  | 'InspectorUnavailable'
  | 'NoSupportedRuntime'
  | 'PermissionModel'
  | 'PlacementFailed'
  | 'ProcessHidden'
  | 'RuntimeBusyDebugger'
  | 'RuntimeUnsupported'
>;

/** A process that cannot be attached to. */
export class AttachError extends Error {
  readonly reason: AttachReason;
  /** What was found. What to do about it, the table of reasons says for a cluster. */
  readonly finding: string;

  /** @param advice for who attaches on this machine. */
  constructor(reason: AttachReason, finding: string, advice?: string) {
    super(advice === undefined ? finding : `${finding}; ${advice}`);
    this.name = 'AttachError';
    this.reason = reason;
    this.finding = finding;
  }
}
