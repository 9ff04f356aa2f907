import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderOf, MAJORS, messagesOf, runCase } from './case-run.ts';

const wantAmounts = expect.arrayContaining(['amount 28', 'amount 35', 'amount 42']);
const wantFees = expect.arrayContaining(['fee 60']);

describe.each(MAJORS)('the file that a manifest names, on Node.js %s', (major) => {
  test.concurrent('a longer path than the container has is bound, and two files that it may be are told', async () => {
    const manifests = ['toolong', 'fileurl', 'abs', 'amb'].map((name) => `${name}.yaml`);
    const { results, said } = await runCase('01-monorepo-same-file', major, manifests, ['main.js']);
    for (const name of ['toolong', 'fileurl', 'abs']) expect(messagesOf(results, name), name).toEqual(wantAmounts);
    expect(messagesOf(results, 'amb')).toEqual([]);
    expect(said).toContain('src/index.js could be packages/billing/src/index.js, packages/shipping/src/index.js');
  });

  test.concurrent('a path as in the repository is bound', async () => {
    const { results } = await runCase('03-repo-prefix', major, ['../plain.yaml', '../repo.yaml'], ['server.js'], 'app');
    for (const name of ['plain', 'repo']) expect(messagesOf(results, name)).toEqual(wantFees);
  });

  test.concurrent('a minified file of the same name does not stand in for one that loads later', async () => {
    const { results } = await runCase('same-base-name', major, ['m.yaml'], ['main.js']);
    expect(messagesOf(results, 'late')).toEqual(expect.arrayContaining(['twice is 42']));
  });

  describe('in a workspace with links', () => {
    const workspace = '04-pnpm-workspace';
    beforeAll(() => {
      const scope = join(folderOf(workspace), 'apps/api/node_modules/@acme');
      if (existsSync(join(scope, 'pricing'))) return;
      mkdirSync(scope, { recursive: true });
      symlinkSync('../../../../packages/pricing', join(scope, 'pricing'));
    });

    test.concurrent('a path through the repository or the link is bound', async () => {
      const names = ['pkg', 'nm', 'nmdist'];
      const manifests = names.map((name) => `../../${name}.yaml`);
      const { results } = await runCase(workspace, major, manifests, ['dist/index.js'], 'apps/api');
      for (const name of names) expect(messagesOf(results, name)[0], name).toMatch(/^total \d+/);
    });
  });

  test.concurrent.each(['hidden', 'gone', 'corrupt', 'http', 'nomap'])('a bundle whose map is %s', async (name) => {
    const { results, said } = await runCase('26-no-map', major, ['l.yaml'], [`${name}/app.js`]);
    // A map beside the bundle is found, also where the bundle does not speak of it.
    if (name === 'hidden') expect(messagesOf(results, 'l')).toEqual(expect.arrayContaining(['line b']));
    else expect(said).toContain(`SourceMapMissing: ${name}/app.js is loaded, but has no source map that can be read`);
  });

  test.concurrent.each(['this', 'compile'])(
    'code that the program itself compiled (%s) has the probe',
    async (mode) => {
      const { results } = await runCase('15-jest-vm', major, ['plug.yaml'], ['vmapp.js', mode]);
      expect(messagesOf(results, 'plug')).toEqual(expect.arrayContaining(['x 7 y 8 [14,16]']));
    },
  );

  test.concurrent.each(['ctx', 'script', 'compilectx'])('a file in another context (%s) says so', async (mode) => {
    const { results, said } = await runCase('15-jest-vm', major, ['plug.yaml'], ['vmapp.js', mode]);
    expect(results).toEqual([]);
    expect(said).toContain('plugin.js runs in another context of the process');
  });
});
