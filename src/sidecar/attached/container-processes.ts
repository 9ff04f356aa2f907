import { readdirSync, readFileSync } from 'node:fs';

/** The processes of the container that the agent is attached to. */
export interface ContainerProcesses {
  /** Their pids, the lowest first. */
  pids(): number[];
}

/**
 * The agent sees the processes of the target's container, and of whatever else was attached to it: debuggers, earlier agents. Which are the
 * target's own, their cgroup tells.
 */
export class ProcProcesses implements ContainerProcesses {
  readonly #containerID: string | undefined;

  /** @param containerID of the target, where the processes of all containers are seen. */
  constructor(containerID: string | undefined) {
    this.#containerID = containerID;
  }

  pids(): number[] {
    const first = cgroupOf(1);
    const isTarget = (pid: number): boolean => {
      const cgroup = cgroupOf(pid);
      if (this.#containerID !== undefined) return cgroup?.includes(this.#containerID) === true;
      return cgroup !== undefined && cgroup === first;
    };
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => pid !== process.pid && isTarget(pid))
      .sort((one, other) => one - other);
  }
}

function cgroupOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1');
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
