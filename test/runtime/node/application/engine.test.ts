import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { ProcessInfo } from '../../../../src/protocol/state.ts';
import { EarlyDebugger } from '../../../../src/runtime/node/application/debugger/early-debugger.ts';
import { Engine } from '../../../../src/runtime/node/application/engine.ts';
import { ACTIVE, OUTSTANDING, SEQUENCE } from '../../../../src/runtime/node/channel/control-block.ts';
import { Application } from '../harness/application.ts';

let application: Application | undefined;

afterEach(() => application?.stop());

test('what an earlier worker still writes does not reach the memory of the next one, whose numbers go on', async () => {
  const blocks: Int32Array[] = [];
  const channel = new BroadcastChannel('control blocks');
  channel.onmessage = ({ data }: { data: SharedArrayBuffer }) => blocks.push(new Int32Array(data));
  const workerFile = fileURLToPath(new URL('../fixtures/control-worker.cjs', import.meta.url));
  const engine = new Engine({
    run: '',
    process: {} as ProcessInfo,
    workerFile,
    isAttached: false,
    debugger: new EarlyDebugger(),
  });
  let ended = 0;
  const blockOf = async (count: number) => {
    await expect.poll(() => blocks.length, { timeout: 60_000 }).toBe(count);
    return blocks[count - 1] as Int32Array;
  };
  engine.start(() => ended++);
  const first = await blockOf(1);
  Atomics.store(first, SEQUENCE, 7);
  engine.start(() => ended++);
  const second = await blockOf(2);
  expect([first[ACTIVE], second[ACTIVE], second[SEQUENCE]]).toEqual([0, 1, 7]);
  Atomics.store(first, ACTIVE, 5);
  Atomics.sub(first, OUTSTANDING, 3);
  expect([second[ACTIVE], second[OUTSTANDING]]).toEqual([1, 0]);
  channel.close();
});

test('a program ends by itself also when the worker has written to its outputs, which appear nowhere', async () => {
  application = await Application.start('talkative-engine.ts', { preloaded: false });
  expect(await application.exit()).toBe(0);
  expect([application.lines, application.errors]).toEqual([['has ended by itself'], '']);
});
