import fs from 'node:fs';

/** The application may replace it later. */
const { readFileSync } = fs;

/** The share of the processors that the system allows a process: so many milliseconds of work in each period. */
export interface CPUQuota {
  readonly milliseconds: number;
  readonly periodMilliseconds: number;
}

/** Cgroups nested more deeply than this are not read. */
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

/** Inside a container the mounted root usually is the container's own cgroup; elsewhere `membership` has the path from the root. */
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
  // Version 2 of cgroups has quota and period in one file: `10000 100000`, or `max 100000`.
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
