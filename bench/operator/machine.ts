import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

export interface MachineTimes {
  readonly processors: number;
  /** Ticks of all processors together, since the machine started. */
  readonly all: number;
  readonly busy: number;
  /** Those of this process and its children. */
  readonly own: number;
}

/** What was measured is to be read beside what others took from the same processors. */
export function machineTimes(): MachineTimes {
  const [, ...times] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  const ticks = times.slice(0, 8).map(Number);
  const all = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { processors: cpus().length, all, busy: all - idle, own: ticksOf(process.pid) };
}

/** Of a process, its children, and children of theirs; those that have ended are counted by who waited for them. */
function ticksOf(pid: number): number {
  const parents = new Map<number, number>();
  const used = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    let text: string;
    try {
      text = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue;
    }
    const fields = text.replace(/^.*\) /, '').split(' ');
    parents.set(Number(name), Number(fields[1]));
    used.set(
      Number(name),
      [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0),
    );
  }
  let ticks = 0;
  for (const [own, amount] of used) {
    let at: number | undefined = own;
    while (at !== undefined && at !== pid) at = parents.get(at);
    if (at === pid) ticks += amount;
  }
  return ticks;
}
