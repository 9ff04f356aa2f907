import { expect, test } from 'vitest';
import { startCase } from './case-run.ts';

const OUTPUTS = ['swc-es5', 'swc-es2015', 'tsc-es2015', 'esb-es2015'];

/** What compilers made is the same everywhere; these are the oldest and the newest V8. */
test.each(['20', '26'].flatMap((major) => OUTPUTS.map((output) => [output, major] as const)))(
  'what %s made of parameters, defaults and async functions reads like the source, or says why not, on Node.js %s',
  async (output, major) => {
    const run = startCase('compiled-down', major, ['m.yaml'], [`${output}/main.js`]);
    try {
      await run.says('"message":"[4]"');
      await run.says('"message":"2 7 given given 9"');
      await run.says(
        output === 'swc-es5' ? 'load was compiled to a function that gives a promise at once' : '"message":"9 given"',
      );
      await run.says('"message":"field 41"');
      expect(run.output).not.toContain('undefined');
    } finally {
      run.child.kill();
      await run.ended;
    }
  },
);
