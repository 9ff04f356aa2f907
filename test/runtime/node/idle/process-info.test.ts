import { expect, test } from 'vitest';
import { describeCommand } from '../../../../src/runtime/node/idle/process-info.ts';

test.each([
  ['node server.js --port 8080', 'node server.js --port 8080'],
  ['node dist/server-2024-07-01-release.js', 'node dist/server-2024-07-01-release.js'],
  ['node a.js --api-key=hunter2 --password hunter2 x', 'node a.js --api-key=… --password … x'],
  ['node a.js postgres://shop:hunter2@db/orders', 'node a.js postgres://…@db/orders'],
  ['node a.js https://x.org/?page=1&code=hunter2', 'node a.js https://x.org/?page=…&code=…'],
  ['node a.js aB3dE5gH7jK9mN1pQ3sT', 'node a.js …'],
])('the command line %s is shown as %s', (command, want) => {
  expect(describeCommand(command.split(' '))).toBe(want);
});
