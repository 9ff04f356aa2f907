import { showsErrorNames } from '../../../../redaction/identifiers.ts';
import { getPrototypeOf, hasOwn, isObject, isProxy, ownProperty } from '../guard/intrinsics.ts';

const MAX_NAME_LENGTH = 100;

/** A data property that is a string, read without running anything. */
export function ownText(holder: object, key: string): string | undefined {
  if (isProxy(holder)) return undefined;
  const property = ownProperty(holder, key);
  return property !== undefined && !property.isAccessor && typeof property.value === 'string'
    ? property.value
    : undefined;
}

/**
 * The name of the class that made an object: of the first constructor on the prototype chain. `null prototype` when there
 * is no chain; undefined when nothing can be said without running code.
 */
export function classNameOf(value: object): string | undefined {
  const first = getPrototypeOf(value);
  if (first === null) return 'null prototype';
  for (let holder: object | null = first; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return undefined;
    const property = ownProperty(holder, 'constructor');
    if (property === undefined) continue;
    if (property.isAccessor || !isObject(property.value)) return undefined;
    const name = ownText(property.value, 'name');
    return name === undefined || name === '' || name.length > MAX_NAME_LENGTH ? undefined : name;
  }
  return undefined;
}

/** A string property of an object or of its prototypes; undefined where a getter or a Proxy would have to be asked. */
export function inheritedText(value: object, key: string): string | undefined {
  for (let holder: object | null = value; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return undefined;
    const property = ownProperty(holder, key);
    if (property === undefined) continue;
    return !property.isAccessor && typeof property.value === 'string' ? property.value : undefined;
  }
  return undefined;
}

/** Names of the language's error classes. A class of the application that inherits one of them is better known by its own name. */
const LANGUAGE_ERRORS: object = Object.freeze({
  __proto__: null,
  Error,
  AggregateError,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

/** The `name` that the program gave an error, where it gave one, else that of its class: minifiers rename classes, but no such texts. */
export function errorNameOf(error: object): string | undefined {
  if (!showsErrorNames()) return classNameOf(error);
  const name = inheritedText(error, 'name');
  const isOwn = name !== undefined && name !== '' && name.length <= MAX_NAME_LENGTH && !hasOwn(LANGUAGE_ERRORS, name);
  return isOwn ? name : classNameOf(error);
}
