import type { CaptureResult, LogResult, Result } from '../../../../src/protocol/result.ts';

/** A result as tests read it, whatever its kind is: what only the other kind has is absent. */
export type SeenResult = Result & { readonly log?: LogResult['log']; readonly capture?: CaptureResult };
