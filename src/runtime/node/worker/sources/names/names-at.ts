import { ExpressionError } from '../../../../../expression/expression-error.ts';
import type { Reading } from '../../../../../language/javascript/expression-compiler.ts';
import { isRedactedName } from '../../../../../redaction/identifiers.ts';
import type { Position, Site } from '../../../channel/positions.ts';
import { findBinding, functionOf, scopesAt } from '../analysis/scope-lookup.ts';
import type { Scope } from '../analysis/scopes.ts';
import { holderOf, importOf, isModuleFrom } from './imported-names.ts';
import type { ScriptNames, Visible } from './script-names.ts';

/** A variable, or a member of one as compilers for CommonJS write imports: `total_js_1.total`, `(0,n.t)`. */
const READ = /(\(0,\s*)?([\p{ID_Start}$_][\p{ID_Continue}$]*)((?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*)/uy;
const MEMBERS = /^(?:\s*\.\s*[\p{ID_Start}$_][\p{ID_Continue}$]*)*/u;
/** A module as bundlers and compilers call it. */
const MODULE = /^(?:\w+_\d+|import_\w+|\w*__WEBPACK_\w+)$/;
const GLOBALS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

/**
 * Finds what names of the source are called in generated code: minifiers, bundlers and compilers rename.
 * @returns a function that gives for a name of the source the generated one, which may be a path such as `orders_1.limit`,
 *   or the same name where nothing else is known, as for globals; undefined where its value is not to be shown.
 *   It throws NotKept for a variable of the source that the running code does not have at the site.
 */
export function namesAt(site: SitePosition, names: ScriptNames): (name: string) => Reading {
  const path = names.map?.original(site)?.path;
  return (name) => {
    const told = toldByScopes(name, site, names);
    if (told !== undefined) return told;
    const renamed = names.map?.scopeNames?.nameOf(name, site);
    if (renamed !== undefined && isRedactedName(renamed)) return undefined;
    const found =
      path === undefined
        ? undefined
        : (declared(name, site, path, names) ??
          used(name, site, path, names) ??
          imported(name, site, path, names) ??
          held(name, site, path, names));
    if (found !== undefined) return found;
    const generated = names.visibleAt(site).find(({ binding }) => binding.name === name);
    if (generated === undefined) {
      if (path !== undefined && isDeclared(name, path, names)) throw new NotKept(name, 'the bundler');
      return name;
    }
    const original = names.originalOf(generated.binding);
    if (original !== undefined && isRedactedName(original.name)) return undefined;
    const owner = original?.path ?? names.map?.exact(names.analysis.lines.position(generated.binding.offset))?.path;
    if (path !== undefined && owner !== undefined && owner !== path && !shareScope([path, owner], names)) {
      throw new ExpressionError('ExpressionInvalid', `${name} is no variable of this file, but of ${owner}`, 0);
    }
    return reachable(original?.name ?? name, generated, site, names);
  };
}

/** Where a name is read, and whether V8 stops there with the result of the function. */
type SitePosition = Position & Pick<Site, 'isReturn'>;

/** What the scopes of the map tell. */
function toldByScopes(name: string, site: SitePosition, names: ScriptNames): Reading {
  const read = names.map?.scopeNames?.read(name, site);
  if (read === null) throw new NotKept(name, 'the bundler');
  const [first] = read?.split('.') ?? [];
  const visible = names.visibleAt(site).find(({ binding }) => binding.name === first);
  const reading = visible && reachable(name, visible, site, names);
  if (typeof reading === 'object' && read !== first) throw new NotKept(name, 'V8');
  return typeof reading === 'object' ? reading : read;
}

/** The innermost variable that the source itself declares under that name. */
function declared(name: string, site: SitePosition, path: string, names: ScriptNames): Reading {
  for (const visible of names.visibleAt(site)) {
    const original = names.originalOf(visible.binding);
    if (original?.name === name && original.path === path) return reachable(name, visible, site, names);
  }
  return undefined;
}

/** What other code of the same source reads under that name: an import, or what has become of one. */
function used(name: string, site: SitePosition, path: string, names: ScriptNames): Reading {
  const { map, analysis } = names;
  if (map === undefined) return undefined;
  const text = map.textOf(path);
  const uses =
    text === undefined
      ? map.named(name, path).map((at) => ({ at, depth: 0 }))
      : text.occurrencesOf(name).flatMap((place) => {
          const depth = membersIn(MEMBERS.exec(text.text.slice(text.offset(place) + name.length))?.[0]);
          return map.generated(path, place).map((at) => ({ at, depth }));
        });
  for (const { at, depth } of uses) {
    READ.lastIndex = analysis.lines.offset(at);
    const [whole = '', comma = '', first = '', members = ''] = READ.exec(analysis.source) ?? [];
    const offset = analysis.lines.offset(at) + comma.length;
    if (whole === '' || !analysis.isReference(offset)) continue;
    // `standard.name` that became one variable is the member: minifiers take objects apart that no other code uses.
    const after = analysis.source.slice(READ.lastIndex, READ.lastIndex + 2);
    if (membersIn(members) < depth && after !== '?.' && !after.startsWith('[')) continue;
    const read = findBinding(first, scopesAt(analysis.root, offset)[0]);
    if (first === 'exports' && read === undefined && members.split('.')[1] === name) {
      const exported = exportedAs(name, site, names);
      if (exported !== undefined) return exported;
    }
    const visible = names.visibleAt(site).find(({ binding }) => binding.name === first);
    if (read === undefined || visible?.binding !== read) continue;
    const [, member = ''] = members.split('.');
    // A member has the name only if it is read from a module or a namespace; of other variables, the map means the variable itself.
    const isMember =
      membersIn(members) > depth &&
      (comma !== '' || member === name || MODULE.test(first) || isModuleObject(read.offset, analysis.source));
    const original = names.originalOf(read);
    if (!isMember && original?.path === path && original.name !== name) continue;
    const reading = reachable(name, visible, site, names);
    if (!isMember) return reading;
    if (typeof reading === 'object') throw new NotKept(name, 'V8');
    return `${first}.${member}`;
  }
  return undefined;
}

/** A variable that a module exports: compilers for CommonJS keep it as a property of `exports` only. */
function exportedAs(name: string, site: SitePosition, names: ScriptNames): string | undefined {
  const { analysis } = names;
  if (names.visibleAt(site).some(({ binding }) => binding.name === 'exports')) return undefined;
  if (names.functionAt(site) !== undefined && analysis.outer.get('exports')?.isCaptured !== true)
    throw new NotKept(name, 'V8');
  return `exports.${name}`;
}

/** What the source imports and its code does not use, so that the map says nothing of it. */
function imported(name: string, site: SitePosition, path: string, names: ScriptNames): Reading {
  const text = names.map?.textOf(path)?.text;
  const found = text === undefined ? undefined : importOf(name, text);
  if (found === undefined) return undefined;
  const { source } = names.analysis;
  const module = names.visibleAt(site).find(({ binding }) => isModuleFrom(binding, found.from, source));
  const reading = module && reachable(name, module, site, names);
  if (typeof reading !== 'string') return undefined;
  return found.name === '*' ? reading : { module: reading, member: found.name };
}

/** An import, where the map has neither the text of the source nor the name: `tax_1.vat` of the code is `vat`. */
function held(name: string, site: SitePosition, path: string, names: ScriptNames): Reading {
  const { map, analysis } = names;
  if (map === undefined || GLOBALS.has(name) || map.textOf(path) !== undefined) return undefined;
  const visible = names.visibleAt(site);
  if (visible.some(({ binding }) => binding.name === name)) return undefined;
  const holder = holderOf(name, analysis.source);
  if (holder === 'exports') return exportedAs(name, site, names);
  const module = visible.find(({ binding }) => binding.name === holder);
  if (module === undefined || !isModuleObject(module.binding.offset, analysis.source)) return undefined;
  const reading = reachable(name, module, site, names);
  return typeof reading === 'string' ? `${reading}.${name}` : undefined;
}

function membersIn(text = ''): number {
  return text.split('.').length - 1;
}

/** `const n = require("./total.js")`, `var n=r(27)`, `let n = __toESM(require(…))`; a comment may stand in front of the call. */
function isModuleObject(offset: number, source: string): boolean {
  return /^[\w$]+\s*=\s*(?:\/\*[^*]*\*\/\s*)?(?:[\w$]+\()*(?:require\(|[\w$]+\((?:\d+|"[^"]*"|'[^']*')\))/.test(
    source.slice(offset, offset + 200),
  );
}

/** @returns how code at the site reads a variable. @throws NotKept where it cannot. */
function reachable(
  name: string,
  { binding, scope, isLocal, isOutOfScope }: Visible,
  site: SitePosition,
  names: ScriptNames,
): NonNullable<Reading> {
  const first = names.visibleAt(site).find((other) => other.binding.name === binding.name);
  if (first?.binding !== binding) throw new NotKept(name, 'the bundler');
  if (!isLocal && !binding.isCaptured && scope.kind !== 'catch' && leavesFunction(scope, names)) {
    throw new NotKept(name, 'V8');
  }
  return isOutOfScope ? { left: binding.name } : binding.name;
}

/** Whether V8 may drop variables of the scope: those of a function and of a module, while those of a classic script are global. */
function leavesFunction(scope: Scope, { analysis }: ScriptNames): boolean {
  return functionOf(scope).kind === 'function' || analysis.isModule;
}

/** A variable of the source that the running code does not have at a place. */
export class NotKept extends ExpressionError {
  constructor(name: string, by: 'the bundler' | 'V8') {
    super('ExpressionInvalid', `${name} is not kept by ${by} at this line`, 0);
  }
}

/** A variable whose scope V8 has left where a function returns. */
export class OutOfScope extends NotKept {
  constructor(name: string) {
    super(name, 'V8');
    this.message = `${name} has gone out of scope for V8 where the function returns; use a line before`;
  }
}

/** Whether the files are known to be classic scripts, which see each other's variables; modules do not, whatever a bundler makes of them. */
function shareScope(paths: readonly string[], { map }: ScriptNames): boolean {
  return paths.every((path) => {
    const text = map?.textOf(path)?.text;
    return text !== undefined && !/^\s*(?:import|export)\b/m.test(text);
  });
}

/** Whether the source declares the name somewhere. */
function isDeclared(name: string, path: string, { map }: ScriptNames): boolean {
  const text = map?.textOf(path)?.text;
  if (text === undefined || GLOBALS.has(name)) return false;
  const literal = name.replaceAll('$', '\\$');
  return new RegExp(
    `\\b(?:const|let|var|function\\*?|class|enum)\\s+${literal}(?![\\w$])|^\\s*import\\b[^;'"]*[\\s,{*]${literal}[\\s,}][^;'"]*\\bfrom\\b`,
    'm',
  ).test(text);
}
