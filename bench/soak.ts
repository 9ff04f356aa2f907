import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WireProbe } from '../src/protocol/wire-probe.ts';
import { RuntimeServer } from '../src/sidecar/processes/runtime-server.ts';
import { Ledger } from './soak-ledger.ts';
import { marks, randomProbe } from './soak-probes.ts';

/**
 * `node bench/soak.ts [MINUTES [SEED]]`: probes of every kind are armed, moved and removed at random in a shop under load, and the agent
 * dies now and then. Ends with 0 when no answer of the shop was wrong, its memory is flat, and every result is accounted for; a line each
 * half minute says how it is going. Needs `npm run build`.
 */
const minutes = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 100_000);
const MOST_PROBES = 8;
/** Memory of the last quarter against the second one: the first fills caches. */
const FLAT = 1.1;

interface Report {
  readonly good: number;
  readonly faults: string[];
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly longest: number;
}

let state = seed;
/** mulberry32, so that a run can be repeated as far as the machine allows. */
const chance = (): number => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const directory = mkdtempSync(join(tmpdir(), 'davylamp-soak-'));
const program = new URL('programs/shop.cjs', import.meta.url);
const places = marks(program);
const ledger = new Ledger();
const reports: Report[] = [];
let revision = 0;
let armings = 0;
let deaths = 0;

const listen = async (): Promise<RuntimeServer> => {
  const made = new RuntimeServer({
    directory,
    onChange: () => ledger.onStates(made.processes()),
    onResults: (results) => ledger.onResults(results),
  });
  await made.listen();
  return made;
};

function start(): ChildProcess {
  const preload = fileURLToPath(new URL('../dist/runtime/preload.cjs', import.meta.url));
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    env: { ...process.env, DAVYLAMP_RUN: directory, NODE_OPTIONS: `--require=${preload}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => reports.push(JSON.parse(line)));
  return child;
}

let server = await listen();
const child = start();
let exit: string | undefined;
child.once('exit', (code, signal) => {
  exit = `${code ?? signal}`;
});
const end = Date.now() + minutes * 60_000;
let nextWord = Date.now() + 30_000;
let wanted: WireProbe[] = [];
console.error(`soak of ${minutes} minutes, seed ${seed}`);

while (Date.now() < end && exit === undefined) {
  const dice = chance();
  if (dice < 0.05) wanted = [];
  else if (dice < 0.35) wanted = wanted.filter(() => chance() < 0.5);
  else if (wanted.length < MOST_PROBES) wanted = [...wanted, randomProbe('shop.cjs', places, chance)];
  else wanted = [...wanted.slice(1), randomProbe('shop.cjs', places, chance)];
  armings += wanted.length;
  server.setDesired(++revision, wanted);
  if (dice > 0.99) {
    deaths += 1;
    await server.close();
    ledger.onDeath();
    await pause(chance() * 2000);
    server = await listen();
    server.setDesired(++revision, wanted);
  }
  await pause(50 + chance() * chance() * 4000);
  if (Date.now() < nextWord) continue;
  nextWord += 30_000;
  console.error(progress());
}

server.setDesired(++revision, []);
await pause(3000);
await server.close();
const problems = judge();
child.kill('SIGKILL');
rmSync(directory, { recursive: true, force: true });
console.log(progress());
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? 'soak passed' : 'soak failed');
process.exit(problems.length === 0 ? 0 : 1);

function progress(): string {
  const last = reports.at(-1);
  const left = Math.max(0, Math.round((end - Date.now()) / 60_000));
  return [
    `${left} minutes left`,
    `${last?.good ?? 0} answers`,
    `${last?.faults.length ?? 0} faults`,
    `RSS ${Math.round((last?.rss ?? 0) / 1e6)} MB`,
    `heap ${Math.round((last?.heapUsed ?? 0) / 1e6)} of ${Math.round((last?.heapTotal ?? 0) / 1e6)} MB`,
    `longest stop ${Math.max(...reports.slice(-30).map(({ longest }) => longest))} ms`,
    `${armings} armings`,
    `${deaths} deaths of the agent`,
    ledger.summary(),
  ].join(', ');
}

function judge(): string[] {
  const found: string[] = [...ledger.problems()];
  if (exit !== undefined) found.push(`the shop ended: ${exit}`);
  for (const text of reports.at(-1)?.faults ?? ['the shop never reported']) found.push(`the shop: ${text}`);
  const quarter = (index: number) => {
    const size = Math.floor(reports.length / 4);
    const part = reports.slice(index * size, (index + 1) * size).map(({ rss }) => rss);
    return part.sort((a, b) => a - b)[part.length >> 1] ?? 0;
  };
  if (quarter(3) > quarter(1) * FLAT) {
    found.push(`RSS grew from ${Math.round(quarter(1) / 1e6)} MB to ${Math.round(quarter(3) / 1e6)} MB`);
  }
  return found;
}
