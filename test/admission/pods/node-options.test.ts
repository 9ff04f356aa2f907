import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { isComplete } from '../../../src/admission/pods/node-options.ts';

/** Node.js itself is asked: does an option that follows this value still count? */
function nodeTakesAnother(value: string): boolean {
  const { stdout } = spawnSync(process.execPath, ['-p', 'process.execArgv, process.title'], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: `${value} --title=ours` },
    encoding: 'utf8',
  });
  return stdout === 'ours\n';
}

test.each([
  '',
  ' ',
  '--max-old-space-size=99',
  '--title="a shop"',
  '"--title=a shop"',
  '--title="with \\" a quote"',
  '--title="ends in a backslash \\\\"',
  '--title=C:\\shop\\',
  "--title='it",
  '--title="shop',
  '--title=shop"',
  '--title="shop\\"',
  '--title="a" "--title=b',
])('%j is complete exactly when Node.js takes an option that follows', (value) => {
  expect(isComplete(value)).toBe(nodeTakesAnother(value));
});
