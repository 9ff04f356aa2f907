import type { CompiledField, Reading } from '../../../../language/javascript/expression-compiler.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { readPatterns } from '../../../../redaction/patterns/read-patterns.ts';
import type { ArmingRefusal } from '../../channel/arming-refusal.ts';
import type { Site } from '../../channel/positions.ts';
import type { LeftVariable, SiteCode } from '../../channel/probe-plan.ts';
import { namesAt, OutOfScope } from '../sources/names/names-at.ts';
import type { Naming } from '../sources/names/naming.ts';
import { compiledPrivatesAt, privatesAt } from '../sources/names/private-names.ts';
import type { ScriptNames } from '../sources/names/script-names.ts';
import { variablesOutOfScope } from '../sources/names/variables-out-of-scope.ts';
import { type CompiledProbe, compileProbe } from './compile-probe.ts';
import { needsNames, showsVariables } from './kinds.ts';

/** Private fields of one snapshot. */
const MAX_PRIVATES = 50;

export interface CompiledSites {
  /** For the first site. */
  readonly compiled: CompiledProbe;
  /** For each site, where they are not all the same. */
  readonly codes?: readonly SiteCode[];
}

/** Has every private name, for while it is not known where a probe goes. */
class AnyPrivate extends Map<string, string> {
  override get(name: string): string {
    return name;
  }
}

/** Compiles the expressions of a probe without a place for them: what is refused here is refused everywhere. */
export function compileAnywhere(probe: WireProbe): CompiledProbe | ArmingRefusal {
  const { problem } = readPatterns(probe.redaction?.patterns ?? []);
  if (problem !== undefined) return { reason: 'PatternInvalid', message: `redaction.patterns: ${problem}` };
  return compileProbe(probe, (name) => name, new AnyPrivate());
}

/** Compiles the expressions of a probe for every place where it goes: copies of a file differ in their names. */
export async function compileAtSites(
  probe: WireProbe,
  sites: readonly Site[],
  naming: Naming,
): Promise<CompiledSites | ArmingRefusal> {
  const namingOfSites = needsNames(probe) ? naming : undefined;
  const compiled: CompiledProbe[] = [];
  for (const site of sites) {
    const one = await compileAt(probe, site, namingOfSites);
    if ('reason' in one) return one;
    compiled.push(one);
  }
  const [first = compileProbe(probe, (name) => name)] = compiled;
  if ('reason' in first) return first;
  const codes = compiled.map(({ condition, values, privates, left }) => ({ condition, values, privates, left }));
  const isSame = codes.every((code) => JSON.stringify(code) === JSON.stringify(codes[0]));
  return { compiled: first, codes: isSame ? undefined : codes };
}

async function compileAt(
  probe: WireProbe,
  site: Site,
  naming: Naming | undefined,
): Promise<CompiledProbe | ArmingRefusal> {
  const names = await naming?.load(site.scriptId);
  if (names === undefined) return compileProbe(probe, site.isReturn === true ? notTold : (name) => name);
  const privates = privatesAt(site, names);
  const readable = new Map<string, string | CompiledField>(compiledPrivatesAt(site, names));
  for (const { name, generated } of privates) readable.set(name, generated);
  const variables = variablesOutOfScope(site, names);
  const checked = compileProbe(probe, readingsAt(site, names, variables), readable);
  if ('reason' in checked) return checked;
  const { usesLeft } = checked;
  const left = variables.filter(({ name }) => showsVariables(probe) || usesLeft.has(name));
  const compiled = left.length === 0 ? checked : { ...checked, left };
  if (!showsVariables(probe)) return compiled;
  const fields = privates.filter(({ isField }) => isField).slice(0, MAX_PRIVATES);
  if (fields.length === 0) return compiled;
  return {
    ...compiled,
    values: [...compiled.values, readerOf(fields.map(({ generated }) => generated))],
    privates: fields.map(({ name }) => name),
  };
}

/** How names are read at a site. Of the variables whose scope V8 has left there, only the one that is returned can be; others throw OutOfScope. */
function readingsAt(site: Site, names: ScriptNames, left: readonly LeftVariable[]): (name: string) => Reading {
  const readingOf = namesAt(site, names);
  return (name) => {
    const reading = readingOf(name);
    if (typeof reading !== 'object' || 'member' in reading) return reading;
    if (left.some((one) => one.isResult && one.name === reading.left)) return reading;
    throw new OutOfScope(name);
  };
}

/** For a script that cannot be read: where V8 has left scopes, it cannot be told what a name means. */
function notTold(name: string): never {
  throw new OutOfScope(name);
}

/** An expression that reads private fields of `this`, and gives the guard for one that it does not have. */
function readerOf(generated: readonly string[]): string {
  return `[${generated.map((name) => `#${name} in this?this.#${name}:$`).join()}]`;
}
