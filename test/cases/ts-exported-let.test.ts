import { expect, test } from 'vitest';
import { MAJORS, resultsOf, startCase, wholeMessageOf } from './case-run.ts';

test.each(MAJORS)(
  'exported variables and imports of TypeScript in CommonJS have their values on Node.js %s',
  async (major) => {
    const manifests = ['inside.yaml', 'cond.yaml', 'imports.yaml', 'tier.yaml', 'priv.yaml'];
    const run = startCase('06-ts-exported-let', major, manifests, ['dist/main.js']);
    try {
      for (const name of ['inside', 'cond', 'imports', 'tier', 'priv'])
        await run.until(() => wholeMessageOf(resultsOf(run), name) !== undefined, name);
      const first = (name: string) => wholeMessageOf(resultsOf(run), name);
      expect(first('inside')).toMatch(/^retries \d+ limits 5 /);
      expect(first('cond')).toMatch(/^round \d+$/);
      expect(first('imports')).toMatch(/^retries (\d+) max 5 Mode\.On=4 ns=\1 sep=\/ def=3 /);
      expect(first('priv')).toBe('v=42 p=41 pl=p');
      expect(first('tier')).toBe('tier=2 Tier.Paid=<Tier is not in the running code> bumpname=bump slurp=readFileSync');
    } finally {
      run.child.kill();
      await run.ended;
    }
  },
);
