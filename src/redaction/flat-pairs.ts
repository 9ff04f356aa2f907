import { isRedactedName } from './identifiers.ts';

const { apply } = Reflect;
const { charCodeAt } = String.prototype;
const DASH = 45;
/** Items are text of any length; a name is not. */
const LONGEST_NAME = 40;

/**
 * Whether an item of a list is the value of a redacted name in front of it: `["password", "x"]` as entries of an object are,
 * `["Cookie", "a=b", …]` as in rawHeaders of Node.js, `["--token", "x"]` as in the arguments of a program. Never throws.
 */
export function isBehindName(previous: unknown, index: number, length: number): boolean {
  if (typeof previous !== 'string' || previous.length > LONGEST_NAME) return false;
  const isOption = apply(charCodeAt, previous, [0]) === DASH;
  return (isOption || (index % 2 === 1 && length % 2 === 0)) && isRedactedName(previous);
}
