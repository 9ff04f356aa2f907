import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { ArmingRefusal } from '../../channel/arming-refusal.ts';
import type { Placing } from '../../channel/commands.ts';
import { SLOTS } from '../../channel/control-block.ts';
import type { PlacementOffer } from '../../channel/placement-offer.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { CompiledProbe } from '../compile/compile-probe.ts';
import { mayPause } from '../compile/may-pause.ts';
import { functionPlan } from '../compile/plan-function.ts';
import { compileAnywhere, compileAtSites } from '../compile/site-code.ts';
import { placeOf } from '../places/known-place.ts';
import { judgePlace } from '../places/place-check.ts';
import { type LocatedPlace, NO_LIMITS, type PlaceLimits, stricter, withinPolicies } from '../places/place-limits.ts';
import { FunctionSearches } from '../sources/functions/function-searches.ts';
import { functionsAroundSites } from '../sources/locate/function-at.ts';
import { locate } from '../sources/locate/locate-line.ts';
import type { LocatedFunction } from '../sources/locate/located-function.ts';
import type { ScriptAccess } from '../sources/locate/script-access.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { ScriptTexts } from '../sources/script-texts.ts';
import type { Scripts } from '../sources/scripts.ts';
import { choosePlacement } from './choose-placement.ts';
import type { Status, TrackedProbe } from './tracked-probe.ts';

const TOO_MANY = `the process has ${SLOTS} probes, some of which could not be taken out; it is armed by itself when one is out, or after a restart of the process`;

/** Brings a probe into the code: chooses the placement, finds the sites, compiles, and gives the plan to the application's thread. */
export class Arming {
  readonly #thread: ApplicationThread;
  readonly #scripts: Scripts;
  readonly #naming: Naming;
  readonly #directory: string;
  readonly #placements: readonly PlacementOffer[];
  readonly #access: ScriptAccess;

  /** @param directory that paths of files are shown from. @param placements that the process can do. */
  constructor(
    thread: ApplicationThread,
    scripts: Scripts,
    texts: ScriptTexts,
    naming: Naming,
    directory: string,
    placements: readonly PlacementOffer[],
  ) {
    this.#thread = thread;
    this.#scripts = scripts;
    this.#naming = naming;
    this.#directory = directory;
    this.#placements = placements;
    this.#access = {
      possible: (scriptId, start, end) => thread.ask({ type: 'possible', scriptId, start, end }),
      texts,
      searches: new FunctionSearches(),
      naming,
    };
  }

  /** @returns `Armed` when the probe is in the code and its flag is not set yet; else why not. @throws the error of the application's thread. */
  async arm(tracked: TrackedProbe): Promise<Status> {
    const { probe, slot } = tracked;
    if (slot === undefined) return { state: 'Failed', reason: 'TooManyProbes', message: TOO_MANY };
    tracked.remark = undefined;
    tracked.exits = undefined;
    const anywhere = compileAnywhere(probe);
    if ('reason' in anywhere) return { state: 'Failed', ...anywhere };
    const offer = choosePlacement(this.#placements);
    tracked.placement = offer.kind;
    const refused = await this.#getReady(offer, probe);
    if (refused !== undefined) return { state: 'Failed', ...refused };
    await this.#warmUp(offer, probe, anywhere);
    const located = await this.locate(probe);
    if (offer.needsDebugger) await this.#release(probe);
    if (located.state !== 'found') {
      const { reason, message } = located;
      return { state: located.state === 'waiting' ? 'Waiting' : 'Failed', reason, message };
    }
    const { sites } = located;
    const code = await compileAtSites(probe, sites, this.#naming);
    if ('reason' in code) return { state: 'Failed', ...code };
    const { compiled, codes } = code;
    await this.#warmUp(offer, probe, compiled);
    tracked.sites = sites;
    tracked.location = located.location;
    tracked.template = compiled.template;
    const { condition, values, privates, left } = compiled;
    const around = functionPlan(probe, compiled, sites, await this.#functions(located, compiled));
    const placing = await this.#thread.ask({
      type: 'arm',
      plan: {
        probe: withinPolicies(probe, located),
        redactionHash: tracked.redactionHash,
        placement: offer.kind,
        slot,
        counters: tracked.counters.memory,
        sites,
        condition,
        values,
        privates,
        left,
        codes,
        function: around,
      },
    });
    const failure = await this.placeAll(probe.uid, placing, false);
    if (failure !== undefined) return { state: 'Failed', ...failure };
    return { state: 'Armed', reason: 'Armed', message: noteOf(located) };
  }

  /** Places what is left of a probe, in several turns of the application's event loop. @returns why it is not placed; undefined when it is. */
  async placeAll(uid: string, first: Placing, again: boolean): Promise<ArmingRefusal | undefined> {
    let placing = first;
    while (placing === 'more') placing = await this.#thread.ask({ type: 'goOn', uid, again });
    return placing;
  }

  /** Where the probe goes, if the policies let it go there. */
  async locate(probe: WireProbe): Promise<LocatedPlace> {
    const located = await locate(probe, this.#scripts, this.#access, this.#directory);
    const { places } = probe;
    if (located.state !== 'found' || places === undefined) return located;
    let limits: PlaceLimits = NO_LIMITS;
    for (const site of located.sites) {
      const { denied, ...found } = judgePlace(places, await placeOf(site, this.#scripts, this.#access));
      if (denied !== undefined) return { state: 'failed', reason: 'PolicyDenied', message: denied };
      limits = stricter(limits, found);
    }
    return { ...located, limits };
  }

  /** Forgets all scripts: without the debugger, their ids have no meaning any more. */
  clear(): void {
    this.#scripts.clear();
    this.#naming.clear();
    this.#access.texts.clear();
    this.#access.searches.clear();
  }

  /** Gets what the placement needs before anything is looked for, and no more than that. @returns why that is refused; undefined when it is not. */
  async #getReady({ kind: placement }: PlacementOffer, { limits }: WireProbe): Promise<ArmingRefusal | undefined> {
    const { maxStallMilliseconds } = limits;
    const refused = await this.#thread.ask({ type: 'enable', placement, maxStallMilliseconds });
    if (refused === undefined) await this.#thread.ask({ type: 'prepare', placement, maxStallMilliseconds });
    return refused;
  }

  async #warmUp({ kind: placement }: PlacementOffer, probe: WireProbe, compiled: CompiledProbe): Promise<void> {
    if (!mayPause(probe, compiled)) return;
    while (await this.#thread.ask({ type: 'warmUp', placement }));
  }

  /** Brings functions back to speed that became slow when V8 was asked for the places in them. */
  async #release({ limits }: WireProbe): Promise<void> {
    const { maxStallMilliseconds } = limits;
    while (await this.#thread.ask({ type: 'release', maxStallMilliseconds }));
  }

  /** The functions that the sites are in, where the probe has to know them. */
  async #functions(
    { functions, sites }: Extract<LocatedPlace, { state: 'found' }>,
    { usesElapsed }: CompiledProbe,
  ): Promise<readonly LocatedFunction[]> {
    if (functions !== undefined || !usesElapsed) return functions ?? [];
    return await functionsAroundSites(sites, this.#scripts, this.#access);
  }
}

function noteOf({ copies, note }: Extract<LocatedPlace, { state: 'found' }>): string | undefined {
  const notes = [copies > 1 ? `${copies} copies of the file are loaded` : undefined, note].filter(Boolean);
  return notes.length === 0 ? undefined : notes.join('; ');
}
