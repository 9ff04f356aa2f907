import type { LogLine } from '../../protocol/log-line.ts';

type Origin = Pick<LogLine, 'pod' | 'pid' | 'threadID'>;

/** Processes that are remembered: it only matters whether there are several. */
const MOST_PROCESSES = 1000;

/** Processes and threads from which results came, so that a line names its own only when there are several. */
export class Origins {
  readonly #processes = new Map<string, Set<number>>();
  #hasSeveral = false;

  meet({ pod = '', pid }: Origin): void {
    const processes = this.#processes.get(pod) ?? new Set();
    if (processes.size >= MOST_PROCESSES) return;
    this.#processes.set(pod, processes.add(pid));
    this.#hasSeveral ||= processes.size > 1;
  }

  /** `pid 4711 thread 2`; empty while there is only one process, and this is its main thread. */
  describe(origin: Origin): string {
    this.meet(origin);
    const { pid, threadID } = origin;
    if (threadID !== undefined) return `pid ${pid} thread ${threadID}`;
    return this.#hasSeveral ? `pid ${pid}` : '';
  }
}
