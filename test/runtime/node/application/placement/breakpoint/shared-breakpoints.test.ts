import { Session } from 'node:inspector';
import { Script } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import type { DebuggerSession } from '../../../../../../src/runtime/node/application/debugger/debugger-session.ts';
import type { Stalls } from '../../../../../../src/runtime/node/application/debugger/stalls.ts';
import { SharedBreakpoints } from '../../../../../../src/runtime/node/application/placement/breakpoint/shared-breakpoints.ts';

const session = new Session();
afterEach(() => session.disconnect());

/** On the debugger of this very process. */
function placementOn(url: string) {
  let scriptId = '';
  session.connect();
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.url === url) scriptId = params.scriptId;
  });
  session.post('Debugger.enable');
  const script = new Script('globalThis.placed = () => {\n  return 1;\n};', { filename: url });
  script.runInThisContext();
  const refusal = { isOn: false };
  const connection: Pick<DebuggerSession, 'setBreakpoint' | 'removeBreakpoint'> = {
    setBreakpoint({ scriptId, line, column }, condition) {
      let id = '';
      let refused: string | undefined;
      // A script that is gone is refused by V8 like this.
      const location = { scriptId: refusal.isOn ? 'gone' : scriptId, lineNumber: line, columnNumber: column };
      session.post('Debugger.setBreakpoint', { location, condition }, (error, answer) => {
        if (error) refused = error.message;
        else id = answer.breakpointId;
      });
      if (refused !== undefined) throw new Error(refused);
      return id;
    },
    removeBreakpoint(breakpointId) {
      session.post('Debugger.removeBreakpoint', { breakpointId });
    },
  };
  const stalls: Pick<Stalls, 'walkOnce'> = { walkOnce: (work) => work() };
  const placement = new SharedBreakpoints(connection as DebuggerSession, stalls as Stalls);
  return { placement, refusal, site: () => ({ scriptId, line: 1, column: 2 }) };
}

test('a statement that cannot be put back when another leaves its place is told that it is out', () => {
  const { placement, refusal, site } = placementOn('shared-place.js');
  const lost: string[] = [];
  const place = (name: string) =>
    placement.place(site(), { expression: 'false', onLost: (message) => lost.push(`${name}: ${message}`) });
  const first = place('first');
  const second = place('second');
  refusal.isOn = true;
  first();
  expect(lost).toEqual([expect.stringMatching(/^second: .+/)]);
  second();
  refusal.isOn = false;
  place('third')();
  expect(lost).toHaveLength(1);
});

test('a statement that cannot be placed is refused, and whoever it shares its place with is told when it is out too', () => {
  const { placement, refusal, site } = placementOn('failing-place.js');
  const lost: string[] = [];
  const place = (name: string) => placement.place(site(), { expression: 'false', onLost: () => lost.push(name) });
  place('first');
  refusal.isOn = true;
  expect(() => place('second')).toThrow();
  expect(lost).toEqual(['first']);
});
