import type { CompiledField } from '../../../../../language/javascript/expression-compiler.ts';
import type { Position } from '../../../channel/positions.ts';
import type { ScriptNames } from './script-names.ts';

/** A private field or method that code at a place can read, without the `#`. */
export interface PrivateName {
  /** In the source. */
  readonly name: string;
  readonly generated: string;
  readonly isField: boolean;
}

/** @returns what code at a place can read, of the innermost class first. */
export function privatesAt(site: Position, names: ScriptNames): PrivateName[] {
  const found = new Map<string, PrivateName>();
  for (const { privates } of names.classesAt(site)) {
    for (const { name, offset, isField } of privates) {
      if (found.has(name)) continue;
      // Some minifiers map the name, others what follows the `#`.
      const original = names.originalAt(offset, `#${name}`) ?? names.originalAt(offset + 1, `#${name}`);
      found.set(name, { name: original?.name.replace(/^#/, '') ?? name, generated: name, isField });
    }
  }
  return [...found.values()];
}

/** `_hidden = new WeakMap()`, with or without a comment for minifiers. */
const WEAK_MAP = /^[\w$]+\s*=\s*(?:\/\*[^*]*\*\/\s*)?new WeakMap\b/;

/**
 * Private fields that a compiler took out of the class: `_Box_hidden`, `_hidden` of `#hidden`.
 * @returns those of which there is one variable that code at the place can read, by their names in the source.
 */
export function compiledPrivatesAt(site: Position, names: ScriptNames): Map<string, CompiledField> {
  const { map, analysis } = names;
  const found = new Map<string, CompiledField>();
  const path = map?.original(site)?.path;
  const text = path === undefined ? undefined : map?.textOf(path)?.text;
  if (text === undefined) return found;
  const { source } = analysis;
  const visible = names.visibleAt(site).filter(({ binding, isLocal }) => isLocal || binding.isCaptured);
  const maps = visible.filter(({ binding: { name } }) => {
    if (!name.startsWith('_')) return false;
    for (let at = source.indexOf(name); at >= 0; at = source.indexOf(name, at + name.length)) {
      if (WEAK_MAP.test(source.slice(at, at + name.length + 60))) return true;
    }
    return false;
  });
  for (const [, field = ''] of text.matchAll(/#([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu)) {
    if (found.has(field)) continue;
    const own = maps.filter(({ binding: { name } }) => name === `_${field}` || name.endsWith(`_${field}`));
    const [only] = own;
    if (own.length !== 1 || only === undefined) continue;
    const { name } = only.binding;
    found.set(field, { weakMap: name, isDescriptor: source.includes(`${name}, {`) });
  }
  return found;
}
