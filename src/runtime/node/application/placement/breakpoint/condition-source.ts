import { RUNTIME } from '../../../channel/global-key.ts';
import type { SiteCode } from '../../../channel/probe-plan.ts';
import type { SiteHook } from '../hook.ts';

/** Names of {@link BreakpointPlacement.entries}, which the conditions call. */
export const HIT = 'hit';
export const PASS = 'pass';

/**
 * @returns the condition of a breakpoint: an expression in the scope of the line, which gives true when V8 is to pause. Expressions
 * of the probe are in arrow functions, so that they run only when the hit needs them.
 * @param number of the hook in {@link InstalledHooks}.
 */
export function conditionOf(hook: SiteHook, number: number): string {
  const { code } = hook;
  const keys = keysOf(hook.activation);
  if (code === undefined) return `${RUNTIME}.${PASS}(${number},${keys})`;
  const result = resultOf(hook);
  const more = result === '0' && keys === '0' ? '' : `,${result},${keys}`;
  return `${RUNTIME}.${HIT}(${number},${sourcesOf(code)}${more})`;
}

/** @returns the source of the condition, 0 where there is none, and of the array of values, separated by a comma. */
export function sourcesOf({ condition, values }: SiteCode): string {
  let sources = '';
  for (let index = 0; index < values.length; index++) sources += `${index === 0 ? '' : ','}$=>(${values[index]})`;
  return `${condition === undefined ? '0' : `$=>(${condition})`},[${sources}]`;
}

/** @returns the source of a function that gives the keys of the activation in whose frame it is evaluated; 0 where there is none. */
export function keysOf(activation: SiteHook['activation']): string {
  return activation === undefined ? '0' : `()=>${activation.keys}`;
}

function resultOf(hook: SiteHook): string {
  const source = hook.type === 'exit' ? hook.returned?.source : undefined;
  return source === undefined ? '0' : `$=>(${source})`;
}
