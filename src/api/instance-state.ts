import * as z from 'zod/mini';

/** Apart from status, because the wire needs these too, and the agent must not pay for the schemas of whole objects. */

export const PLACEMENTS = ['LoadTime', 'Rebind', 'LiveEdit', 'Breakpoint'] as const;
export const placementSchema = z.enum(PLACEMENTS);
export type PlacementKind = z.infer<typeof placementSchema>;

/** `Waiting`: nothing is wrong, but the file is not loaded. `Suspended`: out of the code until the CPU budget recovers. */
export const instanceStateSchema = z.enum(['Pending', 'Waiting', 'Armed', 'Suspended', 'Failed', 'Removed']);
export type InstanceState = z.infer<typeof instanceStateSchema>;
