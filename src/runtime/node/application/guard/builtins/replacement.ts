import type { GuardedEvaluation } from '../guarded-evaluation.ts';
import { append, characterAt, indexOf, isCallable, slice } from '../intrinsics.ts';

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/**
 * @returns the replacement of one match: the result of the function, or the text with its `$&`, `$1`, `$<name>` filled in.
 * `match` is the match and its groups.
 */
export function expandReplacement(
  evaluation: GuardedEvaluation,
  replacement: unknown,
  text: string,
  position: number,
  match: readonly (string | undefined)[],
  groups: unknown,
): string {
  if (isCallable(replacement)) {
    const args: unknown[] = [];
    for (let index = 0; index < match.length; index++) append(args, match[index]);
    append(args, position);
    append(args, text);
    if (groups !== undefined) append(args, groups);
    return evaluation.string(evaluation.invoke(replacement, undefined, args));
  }
  const pattern = evaluation.string(replacement);
  const whole = match[0] ?? '';
  let result = '';
  for (let index = 0; index < pattern.length; index++) {
    evaluation.charge(16);
    const next = characterAt(pattern, index + 1);
    if (pattern[index] !== '$' || next === '') {
      result += pattern[index];
    } else if (next === '$' || next === '&' || next === '`' || next === "'") {
      if (next === '$') result += '$';
      else if (next === '&') result += whole;
      else result += next === '`' ? slice(text, 0, position) : slice(text, position + whole.length);
      index++;
    } else if (isDigit(next)) {
      const after = characterAt(pattern, index + 2);
      const two = isDigit(after) ? +(next + after) : 0;
      const group = two > 0 && two < match.length ? two : +next;
      if (group > 0 && group < match.length) {
        result += match[group] ?? '';
        index += group === two ? 2 : 1;
      } else {
        result += '$';
      }
    } else if (next === '<' && groups !== undefined) {
      const close = indexOf(pattern, '>', index);
      if (close < 0) {
        result += '$';
        continue;
      }
      const named = evaluation.get(groups, slice(pattern, index + 2, close));
      if (named !== undefined) result += evaluation.string(named);
      index = close;
    } else {
      result += '$';
    }
    evaluation.refuseLength(result.length);
  }
  return result;
}
