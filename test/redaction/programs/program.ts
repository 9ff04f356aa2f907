import type { WireProbe } from '../../../src/protocol/wire-probe.ts';
import { dynamicLog, snapshot } from '../../runtime/node/harness/probe.ts';
import { type Plant, plant } from './plants.ts';
import type { Random } from './random.ts';

/** A function with secrets in it, and a probe inside of it. */
export interface Program {
  readonly index: number;
  /** What is no secret, and must be seen. */
  readonly control: string;
  readonly source: readonly string[];
  /** Line of the probe, counted from 0 within the source. */
  readonly probeLine: number;
  readonly secrets: readonly string[];
  /** Secrets as hexadecimal digits. */
  readonly bytes: readonly string[];
  /** The condition throws, so that its text is all that is reported. */
  readonly isRefused: boolean;
  probe(file: string, firstLine: number): WireProbe;
}

const LIMITS = {
  hitsPerSecond: 5000,
  cpuMillisecondsPerSecond: 100_000,
  remainingHits: 1_000_000,
  maxStallMilliseconds: 10_000,
};

function redactionOf(random: Random, names: readonly string[]): WireProbe['redaction'] {
  const mode = random.chance(15) ? 'AllowList' : 'Default';
  const replacement = random.one(['Remove', 'Remove', 'Mask', 'Hash'] as const);
  if (mode === 'Default' && replacement === 'Remove' && names.length === 0) return undefined;
  return { mode, replacement, names: [...names], allow: mode === 'AllowList' ? ['control'] : undefined, key: 'k3y' };
}

function messageOf(random: Random, plants: readonly Plant[]): string {
  const parts = plants.map(({ expressions, message }) => {
    const one = message !== undefined && random.chance(50) ? message : `{${random.one(expressions)}}`;
    return random.chance(60) ? one : `${one}{${random.one(expressions)}}`;
  });
  return `${parts.join(random.one([' ', '', ', ', '; x: ']))} control {control}`;
}

/** Without those that declare what another has declared. */
function unlike(plants: readonly Plant[]): Plant[] {
  const declared = new Set<string>();
  return plants.filter(({ statements, parameters = [] }) => {
    const name = /^const (\w+) =/.exec(statements)?.[1] ?? parameters[0]?.[0] ?? '';
    return !declared.has(name) && declared.add(name);
  });
}

/** @param index makes the names of everything in it unlike those of other programs in the same file. */
export function makeProgram(random: Random, index: number): Program {
  const control = `visible${index}`;
  const plants = unlike(Array.from({ length: 1 + random.below(3) }, (_, at) => plant(random, `_${index}_${at}`)));
  const parameters = plants.flatMap(({ parameters: own = [] }) => own).slice(0, 1);
  const statements = plants.map((one) => one.statements.replaceAll('\n', ' '));
  const isClosure = random.chance(30);
  const outside = isClosure ? statements : [];
  const inside = isClosure ? ["if (control === 0) eval('');"] : statements;
  const source = [
    `programs[${index}] = (() => {`,
    ...outside,
    `function program${index}(${['control', ...parameters.map(([name]) => name)].join()}) {`,
    ...inside,
    `const done = control.length;`,
    'return done; }',
    `return (holder) => program${index}.call(holder, ${[JSON.stringify(control), ...parameters.map(([, value]) => value)].join()});`,
    '})();',
  ];
  const probeLine = source.indexOf('const done = control.length;');
  const throws = plants.find((one) => one.throws !== undefined)?.throws;
  const isRefused = throws !== undefined && random.chance(40);
  const redaction = redactionOf(
    random,
    plants.flatMap(({ names = [] }) => names),
  );
  const isLog = random.chance(60);
  const message = messageOf(random, plants);
  const watch = [...plants.flatMap(({ expressions }) => [random.one(expressions), random.one(expressions)]), 'control'];
  const condition = isRefused ? throws : random.chance(30) ? 'control.length > 0' : undefined;
  const stringLength = random.one([40, 255, 255, 255, 1000]);
  return {
    index,
    control,
    source,
    probeLine,
    secrets: plants.flatMap(({ secrets }) => secrets),
    bytes: plants.flatMap(({ bytes = [] }) => bytes),
    isRefused,
    probe: (file, firstLine) => {
      const location = { file, line: firstLine + probeLine };
      const changes = { condition, redaction, limits: LIMITS };
      const capture = { frames: 2, depth: 4, fields: 30, items: 100, stringLength };
      return isLog ? dynamicLog(location, message, changes) : snapshot(location, { ...changes, watch, capture });
    },
  };
}

/** A file of programs that runs those that a line on its input names. */
export function sourceOf(programs: readonly Program[]): { text: string; firstLines: number[] } {
  const lines = ['const programs = [];'];
  const firstLines = programs.map((program) => {
    const first = lines.length + 1;
    lines.push(...program.source);
    return first;
  });
  lines.push(
    "class Holder { #password = 'held'; shown = 1; }",
    "require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {",
    '  for (const index of line.split(",")) programs[Number(index)](new Holder());',
    '  console.log("ran");',
    '});',
    // A process that was busy before is not taken to be in distress for being busy with so many probes.
    'setTimeout(() => { for (const end = Date.now() + 1500; Date.now() < end; ); console.log("ready"); });',
  );
  return { text: lines.join('\n'), firstLines };
}
