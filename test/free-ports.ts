import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports below those that the system gives to connections and to listeners that ask for any, so that nobody is given one before it is used;
 * test files that run at the same time have different ones.
 */
const FIRST = 10_240;
const PORTS_OF_FILE = 500;
const first = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % 40) * PORTS_OF_FILE;
let offset = process.pid % PORTS_OF_FILE;

/** As many ports, all different, that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > PORTS_OF_FILE) throw new Error(`no ${count} free ports from ${first} on`);
    const port = first + offset;
    offset = (offset + 1) % PORTS_OF_FILE;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no port');
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
