import type { PlacementKind } from '../../../../api/status.ts';
import type { Site } from '../../channel/positions.ts';

/** What is put at a site: an expression in the scope of the line, true when the thread is to pause there. */
export interface Statement {
  readonly expression: string;
  /** It could not be put back when another statement at the same site came or left, and is out of the code. */
  readonly onLost: (message: string) => void;
}

export interface Placed {
  /** Takes the statement out again; also from inside its own hit. Never throws. */
  remove(): void;
}

/** One way to get a statement into running code. Each is a file of its own; all run on the application's thread. */
export interface Placement {
  readonly kind: PlacementKind;
  /** Milliseconds for which the process would stand. */
  predictStallMilliseconds(site: Site): number;
  /** @throws when V8 refuses. */
  place(site: Site, statement: Statement): Placed;
}
