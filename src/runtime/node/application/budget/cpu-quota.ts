import fs from 'node:fs';

/** The application may replace it later. */
const { readFileSync } = fs;

/** The share of the processors that the system allows a process: so many milliseconds of work in each period. */
export interface CPUQuota {
  readonly milliseconds: number;
  readonly periodMilliseconds: number;
}

/** Paths of the cgroup from the root, deepest last, are not longer than this. */
const MAX_DEPTH = 16;

/** @returns the tightest limit of the process's own cgroup and of those around it; undefined where there is none. Never throws. */
export function readCPUQuota(root = '/sys/fs/cgroup', membership = '/proc/self/cgroup'): CPUQuota | undefined {
  let tightest: CPUQuota | undefined;
  for (const directory of directories(root, read(membership))) {
    const found = quotaIn(directory);
    if (found !== undefined && (tightest === undefined || share(found) < share(tightest))) tightest = found;
  }
  return tightest;
}

/** Inside of a container the root is that of its cgroup; where it is not, the path of the process leads there. */
function directories(root: string, membership: string): string[] {
  const found: string[] = [];
  for (const line of membership.split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    const isOurs = controllers === '' || controllers.split(',').includes('cpu');
    const path = rest.join(':');
    if (!isOurs || !path.startsWith('/')) continue;
    for (const base of controllers === '' ? [root] : [`${root}/cpu`, `${root}/${controllers}`]) {
      let directory = base;
      found.push(directory);
      for (const part of path.split('/').slice(1, MAX_DEPTH)) {
        if (part === '' || part === '..') continue;
        directory = `${directory}/${part}`;
        found.push(directory);
      }
    }
  }
  return found;
}

function quotaIn(directory: string): CPUQuota | undefined {
  // Version 2 has both in one file: `10000 100000`, or `max 100000`.
  const [quota, period] = read(`${directory}/cpu.max`).trim().split(' ');
  const second = quota === '' ? read(`${directory}/cpu.cfs_quota_us`) : (quota ?? '');
  const length = quota === '' ? read(`${directory}/cpu.cfs_period_us`) : (period ?? '');
  const milliseconds = Number.parseInt(second, 10) / 1000;
  const periodMilliseconds = Number.parseInt(length, 10) / 1000;
  return milliseconds > 0 && periodMilliseconds > 0 ? { milliseconds, periodMilliseconds } : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const share = ({ milliseconds, periodMilliseconds }: CPUQuota): number => milliseconds / periodMilliseconds;
