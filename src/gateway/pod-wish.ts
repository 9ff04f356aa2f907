import { isDeepStrictEqual } from 'node:util';
import { MAX_GATEWAY_FRAME_BYTES } from '../protocol/gateway.ts';
import { MAX_PROBES, type WireProbe } from '../protocol/probe.ts';

interface Wish {
  readonly probe: WireProbe;
  /** The pod's revision that brought this form of the probe. */
  readonly revision: number;
  /** Of its JSON. */
  readonly bytes: number;
}

/** What a frame's probes may take together; the rest of the frame needs well under the difference. */
const MAX_BYTES = MAX_GATEWAY_FRAME_BYTES - 1024;

/**
 * What one pod shall have: its probes and the revision of the whole set. Revisions only grow, and grow also over a restart
 * of the operator, because none is below the clock (milliseconds since 1970) at the moment of the change.
 */
export class PodWish {
  revision: number;
  private readonly wishes = new Map<string, Wish>();

  constructor(now: number) {
    this.revision = now;
  }

  get isEmpty(): boolean {
    return this.wishes.size === 0;
  }

  /** @returns whether anything changed, and so a new revision exists. */
  set(probeUID: string, probe: WireProbe | undefined, now: number): boolean {
    if (isDeepStrictEqual(this.wishes.get(probeUID)?.probe, probe)) return false;
    this.revision = Math.max(now, this.revision + 1);
    if (probe === undefined) this.wishes.delete(probeUID);
    else
      this.wishes.set(probeUID, {
        probe,
        revision: this.revision,
        bytes: Buffer.byteLength(JSON.stringify(probe)) + 1,
      });
    return true;
  }

  has(probeUID: string): boolean {
    return this.wishes.has(probeUID);
  }

  /** The revision that a process must have applied to have this probe in its present form; undefined when not wished. */
  revisionOf(probeUID: string): number | undefined {
    return this.wishes.get(probeUID)?.revision;
  }

  probeUIDs(): string[] {
    return [...this.wishes.keys()];
  }

  /** The set as it is sent: those wished first, as many as one frame may hold; those beyond stay unacknowledged. */
  probes(): WireProbe[] {
    const probes: WireProbe[] = [];
    let bytes = 0;
    for (const wish of this.wishes.values()) {
      if (probes.length === MAX_PROBES) break;
      bytes += wish.bytes;
      if (bytes > MAX_BYTES) break;
      probes.push(wish.probe);
    }
    return probes;
  }
}
