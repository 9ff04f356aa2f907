import type { FunctionPlan, ReturnedAt } from '../../channel/function-plan.ts';
import type { Site } from '../../channel/positions.ts';
import type { ProbePlan, SiteCode } from '../../channel/probe-plan.ts';
import { append, mapped } from '../guard/intrinsics.ts';
import type { Hook, SiteHook } from '../placement/hook.ts';

/** One hook of a probe, and what the probe knows of its site. */
export interface Point {
  readonly hook: Hook;
  readonly function: FunctionPlan | undefined;
  /** How the result of the function is known there; undefined where the probe does not read it. */
  readonly returned: ReturnedAt | undefined;
  /** The function does not end at this site yet, as a `finally` is still to run, so that result and time are not known. */
  readonly isEarly: boolean;
}

/** @returns the code that is evaluated at a hit; for a throw hook, that of the function in the script of the site. */
export function codeOf({ hook }: Point, { scriptId }: Site): SiteCode | undefined {
  if (hook.type !== 'throw') return hook.code;
  const { functions } = hook;
  for (let index = 0; index < functions.length; index++) {
    if (functions[index]?.body.scriptId === scriptId) return functions[index]?.code;
  }
  return undefined;
}

/** @returns the hooks of a probe in the order in which they are installed: entries first, since a function can begin where it ends. */
export function pointsOf(plan: ProbePlan): readonly Point[] {
  const points: Point[] = [];
  const { sites, function: around } = plan;
  const { entries = [], ends = [], throwsAtOnce = false } = around?.activations ?? {};
  const activation = around?.activations;
  const throws = throwsAtOnce && (around?.thrown ?? []).length > 0;
  const add = (hook: Hook, returned?: ReturnedAt, isEarly = false) =>
    append(points, { hook, function: around, returned, isEarly });
  for (let index = 0; index < entries.length; index++) {
    add({ type: 'entry', site: entries[index] as Site, code: undefined, activation, throwsAtOnce: throws });
  }
  for (let index = 0; index < ends.length; index++) {
    add({ type: 'exit', site: ends[index] as Site, code: undefined, activation, returned: undefined });
  }
  // Where V8 shows no place where the function returns, the sites are only shown to people, and get no hooks.
  for (let index = 0; around?.neverReturns !== true && index < sites.length; index++) {
    const at = around?.returned[index];
    const returned = around?.readsResult === true ? at : undefined;
    const hook = { site: sites[index] as Site, code: codeAt(plan, index), activation };
    add(siteHook(plan, hook, returned), returned, at !== undefined && at.source === undefined && !at.inPause);
  }
  const functions = mapped(around?.thrown ?? [], (body) => ({ body, code: codeAt(plan, siteIn(plan, body.scriptId)) }));
  if (functions.length > 0) {
    const { maxStallMilliseconds, cpuMillisecondsPerSecond } = plan.probe.limits;
    add({ type: 'throw', functions, activation, maxStallMilliseconds, cpuMillisecondsPerSecond });
  }
  return points;
}

/** @returns the index of the first site in that script. */
function siteIn({ sites }: ProbePlan, scriptId: string): number {
  for (let index = 0; index < sites.length; index++) if (sites[index]?.scriptId === scriptId) return index;
  return 0;
}

function siteHook(
  { probe }: ProbePlan,
  hook: Pick<SiteHook, 'site' | 'code' | 'activation'>,
  returned: ReturnedAt | undefined,
): SiteHook {
  const { function: name, at } = probe.location;
  if (name === undefined) return { type: 'line', ...hook };
  return at === 'Exit' ? { type: 'exit', returned, ...hook } : { type: 'entry', throwsAtOnce: false, ...hook };
}

function codeAt(plan: ProbePlan, index: number): SiteCode {
  return plan.codes?.[index] ?? plan;
}
