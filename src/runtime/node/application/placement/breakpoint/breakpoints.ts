import type { Notice } from '../../../channel/notices.ts';
import type { ThreadClock } from '../../budget/thread-clock.ts';
import type { DebuggerConnection } from '../../debugger/debugger-connection.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import type { Stalls } from '../../debugger/stalls.ts';
import { BreakpointPlacement } from './breakpoint.ts';
import { BreakpointOverhead } from './breakpoint-overhead.ts';
import { BreakpointReadiness } from './breakpoint-readiness.ts';
import { ConditionGCPressure } from './condition-gc-pressure.ts';
import { ExceptionWatch } from './exception-watch.ts';
import { WarmUp } from './warm-up.ts';

/** @returns the placement on a thread's debugger, and the exception watch, which has to be told of each pause first. */
export function breakpoints(
  session: DebuggerSession,
  connection: DebuggerConnection,
  pauses: PauseScheduler,
  stalls: Stalls,
  clock: ThreadClock,
  notify: (notice: Notice) => void,
): { readonly placement: BreakpointPlacement; readonly exceptions: ExceptionWatch } {
  const exceptions = new ExceptionWatch(session, pauses, clock);
  const overhead = new BreakpointOverhead(session, clock);
  const warmUp = new WarmUp(pauses, overhead, clock, notify);
  const readiness = new BreakpointReadiness(session, connection, stalls, pauses, warmUp, clock);
  const garbage = new ConditionGCPressure();
  const placement = new BreakpointPlacement({
    session,
    pauses,
    stalls,
    clock,
    watch: exceptions,
    overhead,
    garbage,
    readiness,
  });
  return { placement, exceptions };
}
