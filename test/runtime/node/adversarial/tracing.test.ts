import { afterEach, describe, expect, test } from 'vitest';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';
import { HostileRun, limits, lineOf } from './hostile-run.ts';

const PLACE = { file: 'fixtures/tracing.cjs', line: lineOf('tracing.cjs', '// the line of the probes') };

describe.each(NODES)('the trace of a program on %s', (node) => {
  let run: HostileRun;

  afterEach(async () => {
    await run.stop();
  });

  test('is read without running anything of what the program has put there', async () => {
    run = await HostileRun.start('tracing.cjs', { node });
    const agent = run.agent as AgentEnd;
    await agent.desire(dynamicLog(PLACE, 'total {total} {$trace}', { condition: '$trace !== 1', limits }));
    const kinds: string[] = JSON.parse(await run.tell('kinds'));
    for (const [index, kind] of kinds.entries()) {
      expect(await run.tell(kind)).toBe(`took ${(index + 1) * 10}`);
      const isTrue = kind === 'a true one';
      const trace = isTrue ? `${'a'.repeat(32)}-${'b'.repeat(16)}` : 'undefined';
      const result = await agent.result(({ log }) => log?.message === `total ${(index + 1) * 10} ${trace}`);
      expect(result.traceID).toBe(isTrue ? 'a'.repeat(32) : undefined);
    }
    expect(await run.tell('runs', (answer) => answer.startsWith('runs'))).toBe('runs 0');
    expect(run.application.errors).toBe('');
  });
});
