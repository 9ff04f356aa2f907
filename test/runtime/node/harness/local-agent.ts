import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessStates } from '../../../../src/protocol/gateway-messages.ts';
import type { ProcessInfo } from '../../../../src/protocol/state.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { RuntimeServer } from '../../../../src/sidecar/processes/runtime-server.ts';
import type { SeenResult } from './seen-result.ts';

/** The agent's own end of the runtime socket, for as many processes and threads as connect. */
export class LocalAgent {
  readonly directory = mkdtempSync(join(tmpdir(), 'davylamp-'));
  readonly results: { readonly result: SeenResult; readonly process: ProcessInfo }[] = [];
  /** The IDs of all worker threads that ever connected. */
  readonly threadsHeardOf = new Set<number>();
  readonly #events = new EventEmitter().setMaxListeners(100);
  readonly #server: RuntimeServer;
  #revision = 1;

  constructor() {
    this.#server = new RuntimeServer({
      directory: this.directory,
      onChange: () => {
        for (const { process } of this.threads()) this.threadsHeardOf.add(process.threadID ?? 0);
        this.#events.emit('news');
      },
      onResults: (results, process) => {
        this.results.push(...results.map((result) => ({ result, process })));
        this.#events.emit('news');
      },
    });
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  wish(...probes: WireProbe[]): void {
    this.#revision += 1;
    this.#server.setDesired(this.#revision, probes);
  }

  processes(): ProcessStates[] {
    return this.#server.processes();
  }

  /** Worker threads that are connected. */
  threads(): ProcessStates[] {
    return this.processes().filter(({ process }) => process.threadID !== undefined);
  }

  /** Waits until so many processes, threads included, have the probe in their code. */
  async armed(probe: WireProbe, count = 1): Promise<ProcessStates[]> {
    const isArmed = ({ probes }: ProcessStates) =>
      probes.some(({ uid, state }) => uid === probe.uid && state === 'Armed');
    await this.until(() => this.processes().filter(isArmed).length === count);
    return this.processes().filter(isArmed);
  }

  async until(condition: () => boolean, milliseconds = 60_000): Promise<void> {
    const signal = AbortSignal.timeout(milliseconds);
    while (!condition()) {
      await once(this.#events, 'news', { signal }).catch(() => {
        throw new Error(`waited in vain; ${JSON.stringify(this.processes())}; results: ${this.results.length}`);
      });
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
