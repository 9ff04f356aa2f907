import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCPUQuota } from '../../../../../src/runtime/node/application/budget/cpu-quota.ts';

let directory = '';

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a system shows, by path. */
function quotaOf(files: Readonly<Record<string, string>>) {
  directory = mkdtempSync(join(tmpdir(), 'davylamp-cgroup-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return readCPUQuota(join(directory, 'cgroup'), join(directory, 'membership'));
}

test('in a container of version 2 the limit is that of its own root', () => {
  const wanted = { milliseconds: 10, periodMilliseconds: 100 };
  expect(quotaOf({ membership: '0::/\n', 'cgroup/cpu.max': '10000 100000\n' })).toEqual(wanted);
});

test('without a limit there is none', () => {
  expect(quotaOf({ membership: '0::/\n', 'cgroup/cpu.max': 'max 100000\n' })).toBeUndefined();
  expect(quotaOf({ membership: '4:cpu:/\n', 'cgroup/cpu/cpu.cfs_quota_us': '-1\n' })).toBeUndefined();
  expect(quotaOf({})).toBeUndefined();
});

test('of limits within each other the tightest counts', () => {
  const files = {
    membership: '0::/pods/shop\n',
    'cgroup/pods/cpu.max': '20000 100000\n',
    'cgroup/pods/shop/cpu.max': '50000 100000\n',
  };
  expect(quotaOf(files)).toEqual({ milliseconds: 20, periodMilliseconds: 100 });
});

test('version 1 keeps them in files of their own, wherever the controller is mounted', () => {
  const wanted = { milliseconds: 5, periodMilliseconds: 50 };
  for (const mount of ['cpu', 'cpu,cpuacct']) {
    const files = {
      membership: '5:memory:/shop\n4:cpu,cpuacct:/shop\n',
      [`cgroup/${mount}/shop/cpu.cfs_quota_us`]: '5000\n',
      [`cgroup/${mount}/shop/cpu.cfs_period_us`]: '50000\n',
    };
    expect(quotaOf(files)).toEqual(wanted);
  }
});
