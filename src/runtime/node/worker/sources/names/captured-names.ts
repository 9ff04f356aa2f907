import type { CapturedField, CapturedValue } from '../../../../../protocol/value.ts';
import type { Position } from '../../../channel/positions.ts';
import type { Binding, Scope } from '../analysis/scopes.ts';
import type { ScriptNames, Visible } from './script-names.ts';

/** Variables of a frame, as they were captured: innermost scope first. */
export interface Variables {
  readonly locals?: readonly CapturedField[];
  readonly closure?: readonly CapturedField[];
}

/**
 * Gives the variables of a frame the names that they have in the source. Variables that only a compiler or a bundler knows
 * of are left out; what else has no name in the source keeps the one that it has.
 * @param position of the frame, in generated code.
 */
export function renameVariables(variables: Variables, names: ScriptNames, position: Position): Variables {
  const visible = names.visibleAt(position);
  const originalOf = (binding: Binding) => {
    // The map's scopes tell only of the variable that code reads by this name here: the innermost.
    const isFirst = visible.find((one) => one.binding.name === binding.name)?.binding === binding;
    const told = isFirst ? names.map?.scopeNames?.nameOf(binding.name, position) : undefined;
    return told ?? (names.isCompilerMade(binding) ? undefined : (names.originalOf(binding)?.name ?? binding.name));
  };
  return {
    locals:
      variables.locals &&
      renamed(
        variables.locals,
        originalOf,
        visible.filter(({ isLocal }) => isLocal),
      ),
    closure: variables.closure && renamed(variables.closure, originalOf, visible.filter(isContextAllocated)),
  };
}

/** Whether V8 keeps a variable of an outer function: those that an inner function uses, and all of a catch clause. */
function isContextAllocated({ isLocal, binding, scope }: Visible): boolean {
  return !isLocal && (binding.isCaptured || scope.kind === 'catch');
}

function renamed(
  fields: readonly CapturedField[],
  /** Undefined for what a tool added. */
  originalOf: (binding: Binding) => string | undefined,
  visible: readonly Visible[],
): readonly CapturedField[] {
  const taken = new Map<string, number>();
  return fields.flatMap((field) => {
    const same = visible.filter(({ binding }) => binding.name === field.name);
    const turn = taken.get(field.name) ?? 0;
    taken.set(field.name, turn + 1);
    const binding = (same[turn] ?? same.at(-1))?.binding;
    if (binding === undefined) return [field];
    const name = originalOf(binding);
    return name === undefined ? [] : [{ ...field, name }];
  });
}

/**
 * @param known what V8 and the receiver say: `place`, `OrderService.place`, `(anonymous)`, all in generated names.
 * @returns the name in the source.
 */
export function renameFunction(known: string, names: ScriptNames, position: Position): string {
  return withTold(nameInSource(known, names, position), names, position);
}

/** With the name that the scopes of the map tell: `t.place` is `t.placeOrder`. */
function withTold(found: string, names: ScriptNames, position: Position): string {
  const told = names.map?.scopeNames?.functionAt(position);
  if (told === undefined || names.functionAt(position)?.site?.nearName?.name.text === 'constructor') return found;
  if (told.includes('.')) return told;
  return found.replace(/(#?)[^.\s#]*$/, (_last, sign) => (told.startsWith('#') ? told : `${sign}${told}`));
}

function nameInSource(known: string, names: ScriptNames, position: Position): string {
  const site = names.functionAt(position);
  if (site === undefined) return known;
  const named = site.site?.nearName;
  if (named === undefined) return writtenName(site, names) ?? renamedOwner(known, names, position);
  const own = names.originalAt(named.name.offset, named.name.text)?.name.replace(/^#/, '') ?? named.name.text;
  const owner = named.owner && (names.originalAt(named.owner.offset, named.owner.text)?.name ?? named.owner.text);
  if (named.name.text === 'constructor' && owner !== undefined) return owner;
  const [, kind = '', knownOwner, knownName = known] = /^(get |set |async )?(?:(.*)\.)?(.*)$/.exec(known) ?? [];
  if (knownName !== named.name.text && knownName !== `#${named.name.text}`) return renamedOwner(known, names, position);
  const sign = knownName.startsWith('#') ? '#' : '';
  if (knownOwner === undefined) return `${kind}${sign}${own}`;
  return `${kind}${owner ?? renamedOwner(knownOwner, names, position)}.${sign}${own}`;
}

/** `this` of a method with the name of its class in the source; objects of other classes keep theirs. */
export function renameReceiver(receiver: CapturedValue, names: ScriptNames, position: Position): CapturedValue {
  const { isMember = false, nearName: named } = names.functionAt(position)?.site ?? {};
  if (!isMember || named === undefined || receiver.className === undefined) return receiver;
  const { owner } = named;
  // A class that is given to a variable can have a name of its own, which only the code inside of it sees.
  const own = names
    .visibleAt(position)
    .find(({ binding, scope, isLocal }) => !isLocal && scope.kind === 'block' && binding.name === receiver.className);
  const original =
    owner?.text === receiver.className
      ? names.originalAt(owner.offset, owner.text)
      : own && names.originalOf(own.binding);
  return original === undefined ? receiver : { ...receiver, className: original.name };
}

/** As {@link renameFunction}, for a function of which no receiver is known: a member of a class has the name of the class before its own. */
export function nameFunction(known: string, names: ScriptNames, position: Position): string {
  const { isMember = false, nearName: named } = names.functionAt(position)?.site ?? {};
  const member = isMember && named?.owner ? `${named.owner.text}.${named.name.text}` : known;
  return renameFunction(known === named?.name.text ? member : known, names, position);
}

/** The name that a function expression has in its source: minifiers remove it. */
function writtenName(site: Scope, names: ScriptNames): string | undefined {
  const { map, analysis } = names;
  const start = map?.exact(analysis.lines.position(site.start));
  const text = start && map?.textOf(start.path);
  if (start === undefined || text === undefined) return undefined;
  const from = text.offset(start);
  return /^(?:async\s+)?function\s*\*?\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/u.exec(
    text.text.slice(from, from + 200),
  )?.[1];
}

/** `t.place` with the name in the source of what `t` is. */
function renamedOwner(known: string, names: ScriptNames, position: Position): string {
  const [first = known, ...rest] = known.split('.');
  const binding = names.visibleAt(position).find((visible) => visible.binding.name === first)?.binding;
  const original = binding && names.originalOf(binding)?.name;
  return original === undefined ? known : [original, ...rest].join('.');
}
