import type { Builtin } from '../guarded-evaluation.ts';
import { addArrays } from './array.ts';
import { addBuffers } from './buffer.ts';
import { BuiltinTable } from './builtin-table.ts';
import { addCollections } from './collection.ts';
import { addJSON } from './json.ts';
import { addMutations } from './mutation.ts';
import { addDates, addNumbers } from './number.ts';
import { addObjects, refuseCodeMakers } from './object.ts';
import { addRegExps } from './regexp.ts';
import { addStrings } from './string.ts';

/**
 * The functions of the language that an expression may call without a pause: they only compute, their time is bounded by
 * steps, and they run no code of the application. Recognized by identity, as they were when this file was loaded.
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
