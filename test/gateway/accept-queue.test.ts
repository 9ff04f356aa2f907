import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AcceptQueue } from '../../src/gateway/accept-queue.ts';

const opened: Socket[] = [];
const queues: AcceptQueue[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const queue of queues.splice(0)) void queue.close();
});

async function start(options: { isBusy(taken: number): boolean; patienceMilliseconds?: number; now?: () => number }) {
  const taken: Socket[] = [];
  const queue = new AcceptQueue({
    take: (socket) => {
      taken.push(socket);
      opened.push(socket);
    },
    isBusy: () => options.isBusy(taken.length),
    patienceMilliseconds: options.patienceMilliseconds ?? 10_000,
    now: options.now,
  });
  queues.push(queue);
  const port = await queue.listen({ port: 0, host: '127.0.0.1' });
  const dial = async () => {
    const socket = connect(port, '127.0.0.1');
    opened.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  return { queue, taken, dial };
}

const dials = (count: number, dial: () => Promise<Socket>) => Promise.all(Array.from({ length: count }, dial));

test('every connection gets its handshake, however many come at once', async () => {
  const { taken, dial } = await start({ isBusy: () => false });
  await dials(100, dial);
  await expect.poll(() => taken.length).toBe(100);
});

test('connections wait while many are being let in, and go on when there are fewer', async () => {
  let most = 3;
  const { queue, taken, dial } = await start({ isBusy: (count) => count >= most });
  await dials(8, dial);
  await expect.poll(() => taken.length).toBe(3);
  most = 100;
  queue.resume();
  await expect.poll(() => taken.length).toBe(8);
});

test('few handshakes go on at a time, and those that never end keep nobody out', async () => {
  let now = 0;
  const { queue, taken, dial } = await start({ isBusy: () => false, now: () => now });
  await dials(46, dial);
  await expect.poll(() => taken.length).toBe(12);
  queue.resume();
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(taken.length).toBe(12);
  for (let ended = 0; ended < 10; ended += 1) queue.handshaken();
  await expect.poll(() => taken.length).toBe(22);
  now = 101;
  await expect.poll(() => taken.length).toBe(34);
  now = 202;
  await expect.poll(() => taken.length).toBe(46);
});

test('who has waited for too long is not worth a handshake, and neither is who has gone', async () => {
  let isBusy = true;
  const { queue, taken, dial } = await start({ isBusy: () => isBusy, patienceMilliseconds: -1 });
  const socket = await dial();
  isBusy = false;
  queue.resume();
  await once(socket.resume(), 'close');
  expect(taken).toEqual([]);
});

test('those that wait are sent away when the gateway ends', async () => {
  const { queue, taken, dial } = await start({ isBusy: () => true });
  const sockets = await dials(3, dial);
  const closed = Promise.all(sockets.map((socket) => once(socket.resume(), 'close')));
  await expect.poll(() => queue.size).toBe(3);
  await queue.close();
  await closed;
  expect(taken).toEqual([]);
});

test.runIf(process.platform === 'linux')('many connections are accepted in one turn of the event loop', async () => {
  const { queue, dial } = await start({ isBusy: () => true });
  let turns = 0;
  let goesOn = true;
  const turn = (): void => {
    turns += 1;
    const end = performance.now() + 5;
    while (performance.now() < end);
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  await dials(200, dial);
  await expect.poll(() => queue.size).toBe(200);
  goesOn = false;
  expect(turns).toBeLessThan(100);
});
