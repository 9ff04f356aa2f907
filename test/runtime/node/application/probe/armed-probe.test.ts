import { beforeEach, expect, test } from 'vitest';
import type { WireProbe } from '../../../../../src/protocol/wire-probe.ts';
import { ProcessBudget } from '../../../../../src/runtime/node/application/budget/process-budget.ts';
import { ThreadClock } from '../../../../../src/runtime/node/application/budget/thread-clock.ts';
import type { Hook } from '../../../../../src/runtime/node/application/placement/hook.ts';
import type { HookHit, HookListener } from '../../../../../src/runtime/node/application/placement/hook-hit.ts';
import { ArmedProbe, type ProbePlacement } from '../../../../../src/runtime/node/application/probe/armed-probe.ts';
import { ACTIVE, createControl, setFlag } from '../../../../../src/runtime/node/channel/control-block.ts';
import { Counters } from '../../../../../src/runtime/node/channel/counters.ts';
import type { Notice } from '../../../../../src/runtime/node/channel/notices.ts';
import type { ProbePlan } from '../../../../../src/runtime/node/channel/probe-plan.ts';
import { dynamicLog, snapshot } from '../../harness/probe.ts';

const SITE = { scriptId: 'hook:1', line: 3, column: 2 };

/** A placement as one without a debugger would be: it knows how long the function ran, and has no pause. */
class CompiledIn implements ProbePlacement {
  readonly hooks: { readonly hook: Hook; readonly listener: HookListener }[] = [];

  install(hook: Hook, listener: HookListener): { remove: () => void } {
    const installed = { hook, listener };
    this.hooks.push(installed);
    return { remove: () => void this.hooks.splice(this.hooks.indexOf(installed), 1) };
  }

  recompilationCost(): number {
    return 0;
  }

  hit(given: Partial<HookHit>): void {
    for (const { listener } of [...this.hooks]) {
      listener.onHit({
        site: SITE,
        condition: 0,
        values: [],
        result: 0,
        thrown: undefined,
        overheadMilliseconds: 0,
        elapsed: () => 7,
        pause: () => 'SideEffectRefused',
        ...given,
      });
    }
  }
}

let placement: CompiledIn;
let notices: Notice[];
let control: Int32Array;
let counters: Counters;

beforeEach(() => {
  placement = new CompiledIn();
  notices = [];
  control = createControl();
  control[ACTIVE] = 1;
  setFlag(control, 0, true);
  counters = new Counters();
});

function arm(probe: WireProbe, plan: Partial<ProbePlan> = {}, remainingHits = () => 100): ArmedProbe {
  const clock = new ThreadClock();
  const armed = new ArmedProbe(
    {
      probe,
      placement: 'LoadTime',
      slot: 0,
      counters: counters.memory,
      sites: [SITE],
      values: ['$elapsed'],
      privates: [],
      ...plan,
    },
    {
      control,
      proofs: { of: () => undefined },
      clock,
      wallClock: Date.now,
      notify: (notice) => notices.push(notice),
      processBudget: new ProcessBudget(clock.now(), () => 0),
      remainingHits,
    },
  );
  armed.install(placement, false, () => true);
  return armed;
}

const log = () => dynamicLog({ file: 'later.js', line: 4 }, '{$elapsed}');

test('a hit goes through gate, condition, values and report without a debugger', () => {
  arm(log());
  placement.hit({ values: [(guard) => guard.$elapsed] });
  placement.hit({ condition: () => false });
  expect(notices).toMatchObject([{ type: 'hit', site: SITE, values: [{ value: { type: 'number', text: '7' } }] }]);
  expect(counters.dropped()).toEqual([]);
});

test('nothing is asked of a hit whose flag is off, or whose probe is out', () => {
  const armed = arm(log());
  const asked = () => {
    throw new Error('asked');
  };
  setFlag(control, 0, false);
  placement.hit({ elapsed: asked });
  setFlag(control, 0, true);
  const [hook] = placement.hooks;
  armed.remove();
  hook?.listener.onHit({ elapsed: asked } as unknown as HookHit);
  expect([notices, placement.hooks]).toEqual([[], []]);
});

test('the last allowed hit takes the probe out of the code', () => {
  arm(log(), {}, () => 1 - counters.counted);
  placement.hit({});
  placement.hit({});
  expect(notices.map(({ type }) => type)).toEqual(['hit', 'finished']);
  expect(placement.hooks).toEqual([]);
});

test('what only a pause can tell is dropped for the reason that the placement has', () => {
  arm(snapshot({ file: 'later.js', line: 4 }));
  placement.hit({});
  expect(notices).toEqual([]);
  expect(counters.dropped()).toEqual([{ reason: 'SideEffectRefused', count: 1 }]);
});

test('a function probe has a hook for each way in and out, and one for exceptions at last', () => {
  const start = { line: 0, column: 0 };
  const around = { isAsync: false, isConstructor: false, neverReturns: false, isEntry: false, readsResult: true };
  arm(dynamicLog({ function: 'place', at: 'Exit' }, '{$return}'), {
    function: {
      ...around,
      returned: [{ source: 'x', inPause: false }],
      thrown: [{ scriptId: 'hook:1', start, end: SITE, isAsync: false, inner: [], held: [] }],
      activations: {
        entries: [{ ...SITE, line: 1 }],
        ends: [],
        throwsAtOnce: true,
        keys: '[this]',
        isSync: true,
        endsAtSites: true,
      },
    },
  });
  expect(placement.hooks.map(({ hook }) => hook)).toMatchObject([
    { type: 'entry', code: undefined, throwsAtOnce: true },
    { type: 'exit', returned: { source: 'x' }, site: SITE },
    { type: 'throw', functions: [{ body: { scriptId: 'hook:1' } }] },
  ]);
});
