import { expect, it } from 'vitest';
import { NodeProcesses } from '../../../src/sidecar/attached/node-processes.ts';
import { fixture, Plain } from '../../attach/entered.ts';

/** More than any process of this machine has. */
const NOBODY = 5_000_000;

it('finds a program behind a thousand other processes, which are looked at in turns, and keeps it', async () => {
  const plain = await Plain.node([fixture('orders.cjs')]);
  const others = Array.from({ length: 1_200 }, (_, index) => NOBODY + index);
  const processes = new NodeProcesses({ pids: () => [...others, plain.pid] });
  const found = async () => (await processes.look()).node.map(({ pid }) => pid);

  await expect.poll(found).toEqual([plain.pid]);
  const looks: number[][] = [];
  for (let times = 0; times < 5; times += 1) looks.push(await found());
  expect(looks).toEqual(looks.map(() => [plain.pid]));
});
