import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import type { Command, CommandEnvelope } from '../../../../../src/runtime/node/channel/commands.ts';
import { createControl, SLOTS } from '../../../../../src/runtime/node/channel/control-block.ts';
import { Counters } from '../../../../../src/runtime/node/channel/counters.ts';
import { ApplicationThread } from '../../../../../src/runtime/node/worker/application-thread.ts';
import { DesiredProbes } from '../../../../../src/runtime/node/worker/desired/desired-probes.ts';
import { ExceptionExits } from '../../../../../src/runtime/node/worker/desired/exception-exits.ts';
import { TrackedProbe } from '../../../../../src/runtime/node/worker/desired/tracked-probe.ts';
import { Naming } from '../../../../../src/runtime/node/worker/sources/names/naming.ts';
import { ScriptTexts } from '../../../../../src/runtime/node/worker/sources/script-texts.ts';
import { Scripts } from '../../../../../src/runtime/node/worker/sources/scripts.ts';
import { dynamicLog } from '../../harness/probe.ts';

let close = () => {};
afterEach(() => close());

/** The worker's end of a real channel, on whose other end those commands fail. */
function threadWhere(fails: (command: Command, turn: number) => boolean) {
  const { port1, port2 } = new MessageChannel();
  const control = createControl();
  const thread = new ApplicationThread(port1, () => {}, { send: () => {} });
  const turns = new Map<string, number>();
  port2.on('message', ({ id, command }: CommandEnvelope) => {
    const turn = (turns.get(command.type) ?? 0) + 1;
    turns.set(command.type, turn);
    port2.postMessage({
      type: 'reply',
      id,
      ...(fails(command, turn) ? { error: 'V8 refused' } : { answer: undefined }),
    });
  });
  close = () => {
    port1.close();
    port2.close();
  };
  return { thread, control };
}

function probesWhere(fails: (command: Command, turn: number) => boolean): DesiredProbes {
  const { thread, control } = threadWhere(fails);
  const scripts = new Scripts('/app', '/runtime');
  const texts = new ScriptTexts(scripts, async () => '');
  const naming = new Naming(scripts, texts);
  return new DesiredProbes(thread, control, scripts, texts, naming, '/app', new Map(), [
    { kind: 'Breakpoint', needsDebugger: true },
  ]);
}

test('a set that could not be applied is not said to be applied, and can be applied again', async () => {
  const probes = probesWhere(({ type }, turn) => type === 'disable' && turn === 1);
  await expect(probes.apply([])).rejects.toThrow('V8 refused');
  await expect(probes.apply([])).resolves.toBeUndefined();
});

test('what failed once does not keep back what is asked for after it', async () => {
  const probes = probesWhere(({ type }) => type === 'disable');
  const failed = expect(probes.apply([])).rejects.toThrow('V8 refused');
  await probes.apply([dynamicLog({ file: 'later.js', line: 1 }, 'x')]);
  await failed;
  expect(probes.states().map(({ reason }) => reason)).toEqual(['FileNotLoaded']);
});

test('a failure to watch exceptions again, or to settle one, is said in the state and ends nothing', async () => {
  const { thread } = threadWhere(({ type }) => type === 'watch' || type === 'settle');
  const exits = new ExceptionExits(thread, new ScriptTexts(new Scripts('/app', '/runtime'), async () => ''));
  const probe = dynamicLog({ function: 'place', at: 'Exit' }, 'x');
  const tracked = new TrackedProbe(probe, 0, new Counters());
  exits.onUnwatched(tracked, { type: 'unwatched', uid: probe.uid, milliseconds: 0, why: 'budget' });
  await expect.poll(() => tracked.exits).toBe('exits by exception are not seen: V8 refused');
  await expect(exits.onThrown({ type: 'thrown', uid: probe.uid, ticket: 1, through: [] })).resolves.toBeUndefined();
});

test('a probe beyond those that a process has room for says so, and is brought when another one is gone', async () => {
  const probes = probesWhere(() => false);
  const wanted = Array.from({ length: SLOTS + 2 }, () => dynamicLog({ file: 'later.js', line: 1 }, 'x'));
  await probes.apply(wanted);
  const reasonsOf = () =>
    probes
      .states()
      .map(({ state, reason }) => `${state} ${reason}`)
      .sort();
  const waiting = Array.from({ length: SLOTS }, () => 'Waiting FileNotLoaded');
  expect(reasonsOf()).toEqual(['Failed TooManyProbes', 'Failed TooManyProbes', ...waiting]);
  expect(probes.states()[SLOTS]?.message).toMatch(/armed by itself when one is out/);

  await probes.apply(wanted.slice(1));
  expect(reasonsOf()).toEqual(['Failed TooManyProbes', ...waiting]);
});
