import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Guard } from '../guard/guard.ts';
import type { Expression } from '../placement/hook-hit.ts';
import { isTrue } from './evaluate-expression.ts';

/** Second step of a hit: whether the condition of the probe holds. */
export class Condition {
  /** Texts that the last condition that failed has cut pieces out of. */
  #cuts: CutTexts | undefined;

  /** @param condition 0 is always true. @throws NeedsPause, and what keeps the condition from being evaluated. */
  holds(condition: Expression | 0, guard: Guard): boolean {
    if (condition === 0) return true;
    try {
      return isTrue(condition, guard);
    } catch (error) {
      this.#cuts = guard.cuts();
      throw error;
    }
  }

  /** @returns texts that the failed condition has cut, since pieces of them may be in its error; undefined where there are none. */
  takeCuts(): CutTexts | undefined {
    const cuts = this.#cuts;
    this.#cuts = undefined;
    return cuts;
  }
}
