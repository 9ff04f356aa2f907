import { expect, test } from 'vitest';
import { MAJORS, resultsOf, startCase, wholeMessageOf } from './case-run.ts';

test.each(MAJORS)('a function with patterns as parameters tells what it returns on Node.js %s', async (major) => {
  const manifests = ['p4.yaml', 'exit.yaml', 'exitboth.yaml', 'snap.yaml'];
  const run = startCase('24-destructured-return', major, manifests, ['app.mjs']);
  try {
    for (const name of ['p4', 'exit', 'exitboth'])
      await run.until(() => wholeMessageOf(resultsOf(run), name) !== undefined, name);
    await run.says('"name":"snap"');
    const results = resultsOf(run);
    const line = wholeMessageOf(results, 'p4') ?? '';
    const [, gross = '', net = ''] = /^gross ([\d.]+) .* net (\d+)$/.exec(line) ?? [];
    expect(Number(gross)).toBe(Number(net) * 1.2);
    expect(wholeMessageOf(results, 'exit')).toMatch(/^made \d+$/);
    expect(wholeMessageOf(results, 'exitboth')).toMatch(/^made \d+ err undefined$/);
    const { capture } = results.find(({ name }) => name === 'snap') as unknown as {
      capture: { frames: { locals: { name: string }[] }[] };
    };
    expect(capture.frames[0]?.locals.map(({ name }) => name)).toEqual(['factor', 'gross', 'net', 'rate']);
  } finally {
    run.child.kill();
    await run.ended;
  }
});
