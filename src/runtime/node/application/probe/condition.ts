import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Guard } from '../guard/guard.ts';
import type { Expression } from '../placement/hook-hit.ts';
import { isTrue } from './evaluate-expression.ts';

/** Second of a hit: whether it is meant. */
export class Condition {
  /** What the condition that failed last has cut. */
  #cuts: CutTexts | undefined;

  /** @param condition 0 is always true. @throws NeedsPause, and why it cannot be evaluated. */
  holds(condition: Expression | 0, guard: Guard): boolean {
    if (condition === 0) return true;
    try {
      return isTrue(condition, guard);
    } catch (error) {
      this.#cuts = guard.cuts();
      throw error;
    }
  }

  /** @returns what the failed condition has cut, of which its error may speak. */
  takeCuts(): CutTexts | undefined {
    const cuts = this.#cuts;
    this.#cuts = undefined;
    return cuts;
  }
}
