import type { PlacementOffer } from '../../channel/placement-offer.ts';

/**
 * Chooses how a probe gets into the code.
 * @param offers what the process can do, the best first.
 * @throws when there is none.
 */
export function choosePlacement([best]: readonly PlacementOffer[]): PlacementOffer {
  if (best === undefined) throw new Error('this process can place no probe');
  return best;
}
