/** Message for work that was cut off although the thread had not run for all of its time. */
export const STOOD_STILL = 'the machine let the process stand still';

/** An evaluation in a pause took longer than it may. */
export class PausedEvaluationTimeout extends Error {
  readonly reason = 'EvaluationTimeout';
}
/** V8 itself ended a call that was about to have a side effect. */
export class PausedSideEffect extends Error {
  readonly reason = 'SideEffectRefused';
}
/** A checked call threw what the application's function threw. */
export class ThrownByCall extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super("the application's function threw");
    this.thrown = thrown;
  }
}
