import { afterEach, expect, test } from 'vitest';
import { Application } from '../../harness/application.ts';

let application: Application | undefined;

afterEach(() => application?.stop());

test('answers of threads that come when the session has been closed are dropped in silence', async () => {
  application = await Application.start('late-answers.ts', { preloaded: false });
  expect(await application.line((line) => line.startsWith('['))).toBe('[]');
});
