import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { SiteCode } from '../../channel/probe-plan.ts';
import type { Evaluated, RawCapture, TraceContext } from '../../channel/raw-values.ts';
import type { ThreadClock } from '../budget/thread-clock.ts';
import type { ReturnVariables } from '../capture/snapshot.ts';
import type { Pause } from '../debugger/pause.ts';
import { STOOD_STILL } from '../debugger/pause-errors.ts';
import { type Guard, UNAVAILABLE } from '../guard/guard.ts';
import { firstOf } from '../guard/intrinsics.ts';
import type { Expression } from '../placement/hook-hit.ts';
import type { Condition } from './condition.ts';
import type { Drops } from './drops.ts';
import { type CallPolicy, guardFor } from './evaluate-expression.ts';
import { isResult, leftAt, resultIn, settled } from './function-result.ts';
import type { Hit } from './hit.ts';
import type { HitLimits } from './hit-limits.ts';
import type { Captured, KindBehavior, Taken } from './kinds/kind.ts';
import { codeOf } from './points.ts';
import type { Report } from './report.ts';
import { activeTraceOnce } from './trace-context.ts';
import { hasValue, MILLISECONDS_PER_VALUE, valuesIn } from './values.ts';

/** The parts of a probe that a hit uses. */
export interface HitParts {
  readonly probe: WireProbe;
  readonly kind: KindBehavior;
  readonly condition: Condition;
  readonly limits: HitLimits;
  readonly report: Report;
  readonly drops: Drops;
  readonly callPolicy: CallPolicy;
  readonly clock: ThreadClock;
  /** Rough bytes that have been captured for the current hit. */
  readonly taken: Taken;
}

interface Look {
  readonly captured: Captured | undefined;
  readonly evaluated: Evaluated[];
}

/** The expressions that a hit evaluates in the pause: values, and what reads private fields. */
interface Expressions {
  readonly values: readonly Expression[];
  readonly privates: readonly string[];
  readonly reader: Expression | undefined;
}

const NO_CODE: SiteCode = { values: [], privates: [] };

/** The steps of a hit in a pause: condition, limits, capture and values, report. @throws what keeps the condition from being evaluated. */
export function takeInPause(parts: HitParts, pause: Pause, hit: Hit): void {
  const { condition, limits, drops } = parts;
  const { point, given, elapsed } = hit;
  const { thrown } = given;
  const code = codeOf(point, given.site) ?? NO_CODE;
  const trace = activeTraceOnce();
  const returned = thrown === undefined ? resultIn(pause, point) : undefined;
  const guard = guardFor({ trace, elapsed, returned, error: thrown?.error }, parts.callPolicy, pause);
  guard.left = (name) => (thrown === undefined && isResult(code, name) ? pause.returned(false) : UNAVAILABLE);
  if (given.result !== 0 && point.returned?.inPause === false) {
    guard.$return = settled(point.function, given.result(guard));
  }
  const expressions = split(given.values, code.privates);
  if (!hit.counted) {
    const rest = expressions.values.length * MILLISECONDS_PER_VALUE + parts.kind.captureMilliseconds;
    if (given.condition !== 0 && !pause.leaving(rest, () => condition.holds(given.condition, guard))) return;
    const refusal = limits.refusal();
    if (refusal !== undefined) {
      drops.count(refusal);
      return;
    }
  }
  const variables = thrown === undefined ? variablesAt(hit, code, guard) : undefined;
  const { look, isCut } = lookTwice(pause, () => lookOnce(parts, pause, guard, variables, expressions));
  if (isEmpty(look) && !hasValue(look.evaluated)) drops.countEmpty();
  else tell(parts, hit, look, isCut, trace());
}

function split(all: readonly Expression[], privates: readonly string[]): Expressions {
  if (privates.length === 0) return { values: all, privates, reader: undefined };
  const { length } = all;
  return { values: firstOf(all, length - 1), privates, reader: all[length - 1] };
}

/** @returns the variables that V8 does not show at a site where the function returns; undefined at other sites. */
function variablesAt({ given }: Hit, code: SiteCode, guard: Guard): ReturnVariables | undefined {
  if (given.site.isReturn !== true) return undefined;
  return { left: leftAt(code), read: (name) => guard.left(name) };
}

/** Repeats a look that was cut off because the machine did not let the thread run, and takes the second unless it alone is empty. */
function lookTwice(pause: Pause, once: () => Look): { readonly look: Look; readonly isCut: boolean } {
  const look = once();
  const isCut = pause.stoodStill;
  if (!isCut || !pause.beginAgain()) return { look, isCut };
  const again = once();
  if (isEmpty(look) || !isEmpty(again)) return { look: again, isCut: pause.stoodStill };
  return { look, isCut };
}

/** Captures the variables first, since a snapshot is about them and they cannot be got in another way; then the expressions. */
function lookOnce(
  { kind, taken }: HitParts,
  pause: Pause,
  guard: Guard,
  variables: ReturnVariables | undefined,
  { values, privates, reader }: Expressions,
): Look {
  taken.bytes = 0;
  const captured = kind.capture(pause, { guard, variables, reader, privates, expressions: values.length });
  return { captured, evaluated: valuesIn(pause, values, guard, kind.valueLimits) };
}

function isEmpty({ captured }: Look): boolean {
  return captured?.isEmpty === true;
}

function tell(
  { clock, taken, report, drops }: HitParts,
  { given, started }: Hit,
  { captured, evaluated }: Look,
  isCut: boolean,
  trace: TraceContext | undefined,
): void {
  const pauseMicroseconds = (clock.now() - started.wall) * 1000;
  const timed: RawCapture | undefined = captured && {
    ...captured.capture,
    ...(isCut && { cut: withStoodStill(captured.capture.cut) }),
    pauseMicroseconds,
  };
  const seen = { site: given.site, values: evaluated, trace, bytes: taken.bytes, capture: timed };
  const { thrown } = given;
  if (thrown === undefined || thrown.isCertain) report.send(seen);
  else if (!thrown.whenCertain(() => report.send(seen))) drops.count('BufferFull');
}

const withStoodStill = (cut: string | undefined): string =>
  cut === undefined ? STOOD_STILL : `${cut}; ${STOOD_STILL}`;
