import type { PlacementKind } from '../../../../api/instance-state.ts';
import type { PlacementOffer } from '../../channel/placement-offer.ts';
import { append, type Callable } from '../guard/intrinsics.ts';
import type { Placement } from './placement.ts';

/** The placements that this process can do, the best first. The worker chooses which of them a probe gets. */
export class Placements {
  readonly #placements: readonly Placement[];

  constructor(placements: readonly Placement[]) {
    this.#placements = placements;
  }

  get offers(): readonly PlacementOffer[] {
    const offers: PlacementOffer[] = [];
    this.#each(({ kind, needsDebugger }) => append(offers, { kind, needsDebugger }));
    return offers;
  }

  /** The functions that the code of all placements calls, by name. */
  get entries(): Readonly<Record<string, Callable>> {
    const all: Record<string, Callable> = {};
    this.#each(({ entries }) => Object.assign(all, entries));
    return all;
  }

  /** @throws for a placement that was not offered. */
  get(kind: PlacementKind): Placement {
    for (let index = 0; index < this.#placements.length; index++) {
      const placement = this.#placements[index];
      if (placement?.kind === kind) return placement;
    }
    throw new Error(`this process has no placement ${kind}`);
  }

  /** Takes the hooks of all placements out of the code. */
  clear(): void {
    this.#each((placement) => placement.clear());
  }

  #each(work: (placement: Placement) => void): void {
    for (let index = 0; index < this.#placements.length; index++) work(this.#placements[index] as Placement);
  }
}
