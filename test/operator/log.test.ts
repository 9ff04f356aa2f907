import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** What a process writes that has both streams; the log has the level of an operator that is to be quiet. */
const PROGRAM = `
  import { createAuditStream, createLog } from '${fileURLToPath(new URL('../../src/operator/log.ts', import.meta.url))}';
  const log = createLog('error');
  let lost = 0;
  const audit = createAuditStream((records) => { lost += records; });
  log.info('silenced');
  for (let number = 0; number < 3; number += 1) audit.write('{"stream":"audit","number":' + number + '}\\n');
  for (let number = 0; number < 5; number += 1) audit.write('x'.repeat(LENGTH) + '\\n');
  process.stderr.write('went on, lost ' + lost);
`;

async function run(
  stdout: 'pipe' | number,
  length: number,
): Promise<{ code: unknown; output: string; errors: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM.replace('LENGTH', String(length))], {
    stdio: ['ignore', stdout, 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

it('no level of the log silences the audit', async () => {
  const records = [0, 1, 2].map((number) => `{"stream":"audit","number":${number}}\n`);
  const wantOutput = `${records.join('')}${'x\n'.repeat(5)}`;
  expect(await run('pipe', 1)).toEqual({ code: 0, output: wantOutput, errors: 'went on, lost 0' });
});

it('a standard output that cannot be written ends nothing; what is too much to wait is counted', async () => {
  // Two of them fit into a megabyte beside the records.
  const { code, errors } = await run(openSync('/dev/full', 'w'), 400_000);
  expect(code).toBe(0);
  expect(errors).toBe('went on, lost 3');
});
