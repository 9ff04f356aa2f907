import { randomUUID } from 'node:crypto';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { toWireProbe } from '../../../src/protocol/to-wire-probe.ts';
import type { WireProbe } from '../../../src/protocol/wire-probe.ts';
import { accepted, log, snap } from '../../policy/fixtures.ts';
import { dynamicLog, snapshot } from '../../runtime/node/harness/probe.ts';
import { type Plant, plant } from './plants.ts';
import { type PolicyPlant, policiesFor, policyPlant } from './policy-plants.ts';
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
  /** Under the policies that hide its secrets, where it needs some. */
  probe(file: string, firstLine: number): WireProbe;
  /** Of a program with secrets that only policies hide; the probe without those. */
  readonly uncovered?: {
    readonly secrets: readonly string[];
    probe(file: string, firstLine: number): WireProbe;
  };
}

const LIMITS = {
  hitsPerSecond: 5000,
  cpuMillisecondsPerSecond: 100_000,
  remainingHits: 1_000_000,
  maxStallMilliseconds: 10_000,
};

/** Of all programs, those with a secret that only policies hide. */
const PERCENT_OF_POLICIES = 20;

function redactionOf(random: Random, names: readonly string[]): WireProbe['redaction'] {
  const mode = random.chance(15) ? 'AllowList' : 'Default';
  const replacement = random.one(['Remove', 'Remove', 'Mask', 'Hash'] as const);
  if (mode === 'Default' && replacement === 'Remove' && names.length === 0) return undefined;
  return { mode, replacement, names: [...names], allow: mode === 'AllowList' ? ['control'] : undefined, key: 'k3y' };
}

function messageOf(random: Random, plants: readonly Plant[], shows: readonly string[]): string {
  const parts = plants.map(({ expressions, message }) => {
    const one = message !== undefined && random.chance(50) ? message : `{${random.one(expressions)}}`;
    return random.chance(60) ? one : `${one}{${random.one(expressions)}}`;
  });
  const shown = shows.map((one) => `{${one}} `).join('');
  return `${shown}${parts.join(random.one([' ', '', ', ', '; x: ']))} control {control}`;
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
  return random.chance(PERCENT_OF_POLICIES)
    ? programOf(random, index, [policyPlant(random, `_${index}_p`)])
    : programOf(random, index, []);
}

/** One whose secrets, some of them at least, only a policy hides. */
export function makePolicyProgram(random: Random, index: number): Program {
  return programOf(random, index, [policyPlant(random, `_${index}_p`)]);
}

function programOf(random: Random, index: number, ofPolicies: readonly PolicyPlant[]): Program {
  const control = `visible${index}`;
  const others = Array.from({ length: 1 + random.below(3) }, (_, at) => plant(random, `_${index}_${at}`));
  const plants: Plant[] = unlike([...ofPolicies, ...others.slice(0, others.length - ofPolicies.length)]);
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
  const names = plants.flatMap(({ names: own = [] }) => own);
  const redaction = redactionOf(random, names);
  const isLog = random.chance(60);
  const shows = ofPolicies.map((one) => one.shows);
  const message = messageOf(random, plants, shows);
  const watched = plants.flatMap(({ expressions }) => [random.one(expressions), random.one(expressions)]);
  const watch = [...shows, ...watched, 'control'];
  const condition = isRefused ? throws : random.chance(30) ? 'control.length > 0' : undefined;
  const stringLength = random.one([40, 255, 255, 255, 1000]);
  const capture = { frames: 2, depth: 4, fields: 30, items: 100, stringLength };
  const secrets = plants.flatMap((one) => one.secrets);
  const bytes = plants.flatMap(({ bytes: own = [] }) => own);
  const program = { index, control, source, probeLine, secrets, bytes, isRefused };
  const at = (file: string, firstLine: number) => ({ file, line: firstLine + probeLine });
  if (ofPolicies.length === 0) {
    return {
      ...program,
      probe: (file, firstLine) => {
        const changes = { condition, redaction, limits: LIMITS };
        const location = at(file, firstLine);
        return isLog ? dynamicLog(location, message, changes) : snapshot(location, { ...changes, watch, capture });
      },
    };
  }
  const policies = policiesFor(
    random,
    ofPolicies.map(({ hiding }) => hiding),
  );
  const under = (these: readonly PolicyView[]) => (file: string, firstLine: number) => {
    const asked = { location: at(file, firstLine), condition, redaction: { names } };
    const probe = isLog ? log({ ...asked, message }) : snap({ ...asked, watch, capture });
    const { effective } = accepted(probe, these);
    const wire = toWireProbe(effective, { now: Date.now() });
    return { ...wire, uid: randomUUID(), limits: { ...wire.limits, ...LIMITS } };
  };
  const ofPolicy = ofPolicies.flatMap((one) => one.secrets);
  return { ...program, probe: under(policies), uncovered: { secrets: ofPolicy, probe: under([]) } };
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
