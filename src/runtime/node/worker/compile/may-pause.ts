import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { CompiledProbe } from './compile-probe.ts';

/** Expressions that may call a function of the application, or need the result that V8 shows in a pause only. */
const CALLS = /\$\.(?:call|invoke|left)\(/;

/** Whether hits may stop the thread; only those are warmed up, since V8 is slower afterwards around a hot line. */
export function mayPause({ kind, location }: WireProbe, { condition = '', values }: CompiledProbe): boolean {
  switch (kind) {
    case 'DynamicLog':
      return location.at === 'Exit' || CALLS.test([condition, ...values].join());
    case 'Snapshot':
      return true;
  }
}
