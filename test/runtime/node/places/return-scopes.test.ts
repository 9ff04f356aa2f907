import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CapturedValue } from '../../../../src/protocol/value.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog, isInTime, isWhole, snapshot } from '../harness/probe.ts';
import type { SeenResult } from '../harness/seen-result.ts';
import { type ReturnProgram, returnPrograms } from './return-programs.ts';

const limits = { cpuMillisecondsPerSecond: 1000, hitsPerSecond: 1000 };
const PER_SET = 60;

/** Every declaration in a plain function, with parameters of each kind; some of them in the other kinds of functions. */
const programs = returnPrograms((kind, parameters, body) =>
  kind === 'function'
    ? parameters === 'plain' || parameters === 'default' || body === 'body'
    : (parameters === 'default' || kind === 'getter') && ['body', 'let', 'of', 'finally'].includes(body),
);
const folder = mkdtempSync(join(tmpdir(), 'davylamp-returns-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let line = 2;
const placed = programs.map((program) => {
  const at = { ...program, line: line + program.line - 1 };
  line += program.source.split('\n').length;
  return at;
});
const file = join(folder, 'returns.cjs');
writeFileSync(
  file,
  `let calls = 0;
${programs.map(({ source }) => source).join('\n')}
const programs = {
${programs.map(({ name, call }) => `async ${name}() { ${call} },`).join('\n')}
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (name) => programs[name]());
console.log('ready');
`,
);

function batches(list: readonly ReturnProgram[]): ReturnProgram[][] {
  return Array.from({ length: Math.ceil(list.length / PER_SET) }, (_, index) =>
    list.slice(index * PER_SET, (index + 1) * PER_SET),
  );
}

const isCode = ({ name }: ReturnProgram) => name.endsWith('_class') || name.endsWith('_function');

describe.each(NODES)('where a function returns, on %s', { timeout: 600_000 }, (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start(file, { node, run: agent.directory });
    await application.line((one) => one === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  /** What each program's probe says, by the name of the program. */
  async function said<T>(
    list: readonly ReturnProgram[],
    probeOf: (program: ReturnProgram) => WireProbe,
    read: (result: SeenResult) => T | undefined,
  ): Promise<Record<string, T | string>> {
    const found: Record<string, T | string> = {};
    for (const batch of batches(list)) {
      const probes = new Map(batch.map((program) => [program.name, probeOf(program)]));
      const states = await agent.desire(...probes.values());
      for (const [name, { uid }] of probes) {
        const state = states.find((one) => one.uid === uid);
        found[name] = `${state?.state}: ${state?.message}`;
        if (state?.state === 'Failed') continue;
        const isSaid = () => {
          const value = agent.results
            .filter((one) => one.uid === uid)
            .map(read)
            .find((one) => one !== undefined);
          if (value !== undefined) found[name] = value;
          return value !== undefined;
        };
        await application.repeat(name, agent.until(isSaid, 60_000)).catch(() => {});
      }
    }
    return found;
  }

  const log = (result: SeenResult) => (isInTime(result) ? result.log?.message : undefined);

  test('a line reads the variables of its block, or says that it cannot', async () => {
    const found = await said(
      placed,
      (program) =>
        dynamicLog(
          { file: 'returns.cjs', line: program.line },
          isCode(program) ? '{item.name}' : '{item.made ?? item}',
          {
            limits,
          },
        ),
      log,
    );
    expect(found).toEqual(Object.fromEntries(placed.map((one) => [one.name, isCode(one) ? 'item' : one.value])));
  });

  test('a function probe tells the result at its exit', async () => {
    const list = placed.filter(({ kind }) => kind !== 'asyncGenerator');
    const found = await said(
      list,
      (program) =>
        dynamicLog(
          { function: program.functionName, at: 'Exit' },
          isCode(program) ? '{$return.name}' : '{$return.made ?? $return}',
          { limits },
        ),
      log,
    );
    // What a constructor returns counts only if it is an object, and where something is done after it, V8 does not show it.
    const isUnknown = ({ kind, name }: ReturnProgram) => kind === 'constructor' && /(?:finally|nested|of)$/.test(name);
    const wanted = (one: ReturnProgram) => (isUnknown(one) ? '<unavailable>' : isCode(one) ? 'item' : one.value);
    expect(found).toEqual(Object.fromEntries(list.map((one) => [one.name, wanted(one)])));
  });

  test('a function probe at its entry knows the parameters', async () => {
    const list = placed.filter(({ kind, name }) => kind !== 'getter' && !name.includes('_rest_'));
    const found = await said(
      list,
      ({ functionName }) => dynamicLog({ function: functionName }, '{p}', { limits }),
      log,
    );
    expect(found).toEqual(Object.fromEntries(list.map(({ name }) => [name, 'in'])));
  });

  test('a snapshot shows the variables of the block, and never an outer one under the name', async () => {
    const list = placed.filter(({ name }) =>
      /^function_(?:default_body|plain_(?:let|case|catch|of|class|while))$/.test(name),
    );
    const found = await said(
      list,
      ({ line: at }) => snapshot({ file: 'returns.cjs', line: at }, { limits: { hitsPerSecond: 1000 } }),
      (result) => {
        const values = result.capture?.frames[0]?.locals
          ?.filter(({ name }) => name === 'item')
          .map(({ value }) => shown(value));
        return isWhole(result) ? (values?.[0] ?? 'missing') : undefined;
      },
    );
    expect(found).toEqual(Object.fromEntries(list.map((one) => [one.name, isCode(one) ? 'item' : one.value])));
  });
});

function shown({ text, type, fields, notCaptured }: CapturedValue): string {
  return notCaptured ?? fields?.find(({ name }) => name === 'made')?.value.text ?? text ?? type;
}
