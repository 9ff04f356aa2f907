import * as z from 'zod/mini';

/** States of a probe in one process. Not in status.ts, because the wire needs them, and the agent must not load schemas of whole objects. */

export const PLACEMENTS = ['LoadTime', 'Rebind', 'LiveEdit', 'Breakpoint'] as const;
export const placementSchema = z.enum(PLACEMENTS);
export type PlacementKind = z.infer<typeof placementSchema>;

/**
 * `Waiting`: nothing is wrong, but the file, for example, is not loaded. `Suspended`: out of the code for a while, for example until the
 * CPU budget recovers or the process is no longer overloaded.
 */
export const instanceStateSchema = z.enum(['Pending', 'Waiting', 'Armed', 'Suspended', 'Failed', 'Removed']);
export type InstanceState = z.infer<typeof instanceStateSchema>;

/** Whether the process may have the probe in its code: it does, or it comes back by itself. */
export function isInCode(state: InstanceState | undefined): state is 'Armed' | 'Suspended' {
  return state === 'Armed' || state === 'Suspended';
}
