import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { AuthenticationRefused } from '../../../src/gateway/agents/authenticate.ts';
import { Authority } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import { Fleet } from '../../../src/gateway/fleet/fleet.ts';
import { GatewayServer } from '../../../src/gateway/server.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import type { WireProbe } from '../../../src/protocol/wire-probe.ts';
import { AttachedAgent } from '../../../src/sidecar/attached/attached-agent.ts';
import type { Termination } from '../../../src/sidecar/attached/termination.ts';
import { StandardOutput } from '../../../src/sinks/standard-output.ts';
import { buildRuntime } from '../../runtime/node/harness/application.ts';
import type { SeenResult } from '../../runtime/node/harness/seen-result.ts';

export interface AttachedRunOptions {
  readonly pids: () => number[];
  readonly signalled?: readonly string[];
  readonly idleMilliseconds?: number;
  readonly enrollMilliseconds?: number;
  /** What the gateway makes of the agent's token. */
  readonly isAccepted?: boolean;
}

const TERMINATION_LOG = 'termination-log';

/** An attached agent, in this process, between a real gateway and real processes of a container that is none. */
export class AttachedRun {
  readonly fleet = new Fleet();
  readonly results: SeenResult[] = [];
  readonly agent: AttachedAgent;
  readonly ended: Promise<Termination>;
  readonly home: string;

  private constructor(agent: AttachedAgent, fleet: Fleet, home: string) {
    this.agent = agent;
    this.fleet = fleet;
    this.home = home;
    fleet.onResults((_, found) => this.results.push(...found));
    this.ended = agent.run();
  }

  static async start(options: AttachedRunOptions): Promise<AttachedRun> {
    const authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    const fleet = new Fleet();
    fleet.release();
    const gateway = new GatewayServer({
      fleet,
      authenticate: async (token) => {
        if (options.isAccepted === false) throw new AuthenticationRefused(401, 'the credential was used');
        return { namespace: 'shop', podName: token, podUID: token };
      },
      leader: () => ({ self: true }),
      tls: await authority.issue(['localhost']),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    const port = await gateway.listen(0, '127.0.0.1');
    const home = mkdtempSync(join(tmpdir(), 'attached-'));
    const directory = mkdtempSync(join(home, 'davylamp-'));
    const agent = new AttachedAgent({
      settings: {
        gateway: `wss://localhost:${port}`,
        ca: authority.caPem,
        podName: 'pod-1',
        podNamespace: 'shop',
        directory,
        tokenFile: '/nowhere',
        gatewayAbsenceSeconds: 600,
      },
      attachment: {
        container: 'app',
        signalled: options.signalled ?? [],
        terminationLog: join(home, TERMINATION_LOG),
      },
      container: { pids: options.pids },
      preload: join(await buildRuntime(), 'preload.cjs'),
      credential: 'pod-1',
      log: new StandardOutput(new PassThrough()),
      idleMilliseconds: options.idleMilliseconds,
      enrollMilliseconds: options.enrollMilliseconds,
    });
    const run = new AttachedRun(agent, fleet, home);
    onTestFinished(async () => {
      agent.end({ reason: 'Terminated', message: 'the test is over', exitCode: 0 });
      await run.ended;
      await gateway.close();
      rmSync(home, { recursive: true, force: true });
    });
    return run;
  }

  /** Has the pod get the probe. */
  assign(probe: WireProbe): void {
    this.fleet.assign(probe.uid, new Map([['pod-1', probe]]), new Map([['pod-1', 1000]]));
  }

  withdraw(probe: WireProbe): void {
    this.fleet.assign(probe.uid, new Map(), new Map());
  }

  /** The states of the probe by the pid of the process. */
  states(probe: WireProbe): Map<number, ProbeState | undefined> {
    const processes = this.fleet.pod('pod-1')?.forProbe(probe.uid) ?? [];
    return new Map(processes.map(({ process, state }) => [process.pid, state]));
  }

  /** Waits until the gateway knows such a state of the probe in a process. */
  async state(probe: WireProbe, pid: number, wanted: Partial<ProbeState>): Promise<ProbeState> {
    return await vi.waitFor(
      () => {
        const state = this.states(probe).get(pid);
        for (const [key, value] of Object.entries(wanted)) {
          if (state?.[key as keyof ProbeState] !== value) throw new Error(JSON.stringify([...this.states(probe)]));
        }
        return state as ProbeState;
      },
      { timeout: 60_000 },
    );
  }

  /** What the agent has left in its place. */
  left(): string[] {
    return readdirSync(this.home).filter((name) => name !== TERMINATION_LOG);
  }

  /** What the kubelet would find if the agent were killed now. */
  get termination(): string {
    return readFileSync(join(this.home, TERMINATION_LOG), 'utf8');
  }
}
