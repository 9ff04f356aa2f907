import { isRedactedName } from '../../../../../redaction/identifiers.ts';
import { refuseLongText, SideEffectRefused } from '../guard-errors.ts';
import type { Builtin, GuardedEvaluation } from '../guarded-evaluation.ts';
import { apply, type Callable, getPrototypeOf, mapEntries, nextOfMap, nextOfSet, setValues } from '../intrinsics.ts';
import { REDACTED } from '../markers.ts';
import { isHiddenKey } from '../read.ts';
import type { BuiltinTable } from './builtin-table.ts';

const OwnMap = Map;
const { set } = Map.prototype;

/** Calls the original function: Map, Set, WeakMap and WeakSet look their argument up by identity and run no code. */
const direct =
  (fn: Callable): Builtin =>
  (_, self, args) => {
    if (typeof args[0] === 'string') refuseLongText(args[0]);
    return apply(fn, self, [args[0]] as never[]);
  };

/** The iterator belongs to the expression, which therefore may advance it. */
const iterating =
  (fn: Callable): Builtin =>
  (evaluation, self) =>
    evaluation.own(apply(fn, self, []) as object);

const next =
  (fn: Callable): Builtin =>
  (evaluation, self) => {
    if (!evaluation.isOwn(self)) throw new SideEffectRefused('this would use up an iterator of the application');
    return apply(fn, self, []);
  };

/** @returns the map, or a copy in which values behind redacted names are hidden, since an iterator over values does not show their names. */
function withoutHidden(evaluation: GuardedEvaluation, map: Map<unknown, unknown>): Map<unknown, unknown> {
  let isHidden = false;
  const copy = new OwnMap<unknown, unknown>();
  const entries = mapEntries(map);
  for (let result = nextOfMap(entries); !result.done; result = nextOfMap(entries)) {
    evaluation.tick();
    const entry = result.value as readonly [unknown, unknown];
    const isSecret = typeof entry[0] === 'string' && isRedactedName(entry[0]);
    isHidden ||= isSecret;
    apply(set, copy, [entry[0], isSecret ? REDACTED : entry[1]]);
  }
  return isHidden ? copy : map;
}

export function addCollections(table: BuiltinTable): void {
  for (const holder of [Map.prototype, WeakMap.prototype]) {
    table.add(holder, 'get', (fn) => (_, self, args) => {
      if (isHiddenKey(args[0])) return REDACTED;
      return apply(fn, self, [args[0]] as never[]);
    });
  }
  for (const holder of [Map.prototype, Set.prototype, WeakMap.prototype, WeakSet.prototype])
    table.add(holder, 'has', direct);
  for (const key of ['keys', 'values', 'entries']) {
    table.add(Set.prototype, key, iterating);
    if (key !== 'values') table.add(Map.prototype, key, iterating);
  }
  table.add(
    Map.prototype,
    'values',
    (fn) => (evaluation, self) =>
      evaluation.own(apply(fn, withoutHidden(evaluation, self as Map<unknown, unknown>), []) as object),
  );
  table.add(Map.prototype, 'forEach', () => (evaluation, self, args) => {
    const entries = mapEntries(self as Map<unknown, unknown>);
    for (let result = nextOfMap(entries); !result.done; result = nextOfMap(entries)) {
      const entry = result.value as [unknown, unknown];
      const value = typeof entry[0] === 'string' && isRedactedName(entry[0]) ? REDACTED : entry[1];
      evaluation.invoke(args[0], undefined, [value, entry[0], self], 'callback');
    }
  });
  table.add(Set.prototype, 'forEach', () => (evaluation, self, args) => {
    const values = setValues(self as Set<unknown>);
    for (let result = nextOfSet(values); !result.done; result = nextOfSet(values)) {
      evaluation.invoke(args[0], undefined, [result.value, result.value, self], 'callback');
    }
  });
  for (const iterator of [new Map().entries(), new Set().values()])
    table.add(getPrototypeOf(iterator) ?? {}, 'next', next);
}
