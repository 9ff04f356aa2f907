import { addArrays } from './builtins-array.ts';
import { addBuffers } from './builtins-buffer.ts';
import { addCollections } from './builtins-collection.ts';
import { addJSON } from './builtins-json.ts';
import { addMutations } from './builtins-mutation.ts';
import { addDates, addNumbers } from './builtins-number.ts';
import { addObjects, refuseCodeMakers } from './builtins-object.ts';
import { addRegExps } from './builtins-regexp.ts';
import { addStrings } from './builtins-string.ts';
import { BuiltinTable } from './builtins-table.ts';
import type { Builtin } from './guard-evaluation.ts';

/**
 * The functions of the language that an expression may call without a pause: they only compute, their time is bounded by
 * steps, and no code of the application is left in them. Known by identity, taken when this file is loaded.
 */
function pureBuiltins(): ReadonlyMap<unknown, Builtin> {
  const table = new BuiltinTable();
  addObjects(table);
  addArrays(table);
  addMutations(table);
  addStrings(table);
  addRegExps(table);
  addNumbers(table);
  addDates(table);
  addCollections(table);
  addJSON(table);
  addBuffers(table);
  refuseCodeMakers(table);
  return table.byFunction;
}

export const PURE_BUILTINS = pureBuiltins();
