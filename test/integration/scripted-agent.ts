import type { KubeClient } from '../../src/kube/client.ts';
import { PODS } from '../../src/kube/resource.ts';
import { GATEWAY_AUDIENCE, type GatewayToAgent } from '../../src/protocol/gateway-messages.ts';
import { redactionHash } from '../../src/protocol/redaction-hash.ts';
import type { Result } from '../../src/protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../src/protocol/state.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { AgentClient } from '../gateway/agent-client.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';
import { type PodRef, podSchema, requestToken, SERVICE_ACCOUNTS } from './pod-token.ts';

type Desired = Extract<GatewayToAgent, { type: 'desired' }>;

/** A pod that runs, with the labels of the orders service and an agent's container. */
export async function createRunningPod(client: KubeClient, namespace: string, account: string): Promise<PodRef> {
  const accountBody = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } };
  await client.create(SERVICE_ACCOUNTS, { namespace }, accountBody);
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'orders-', labels: { app: 'orders' } },
    spec: {
      serviceAccountName: account,
      initContainers: [{ name: 'davylamp', image: 'agent', restartPolicy: 'Always' }],
      containers: [{ name: 'app', image: 'orders' }],
    },
  };
  const pod = { namespace, ...podSchema.parse(await client.create(PODS, { namespace }, body)).metadata };
  await client.mergePatch(PODS, { ...pod, subresource: 'status' }, { status: { phase: 'Running' } });
  return pod;
}

/** One process behind one agent, over the real gateway: does what it is told, and says what the test wants. */
export class ScriptedAgent {
  readonly instanceID: string;
  /** For saying what no agent says. */
  readonly wire: AgentClient;
  #desired: Desired | undefined;
  #sequence = 0;
  #number = 0;

  private constructor(wire: AgentClient, instanceID: string) {
    this.wire = wire;
    this.instanceID = instanceID;
  }

  static async connect(
    client: KubeClient,
    pod: PodRef,
    account: string,
    to: { port: number; ca: string; operatorNamespace: string },
    who: { agentID: string; instanceID: string; declared?: { enforces?: readonly string[] } },
  ): Promise<ScriptedAgent> {
    const { namespace } = pod;
    const token = await requestToken(client, { namespace, serviceAccount: account, audience: GATEWAY_AUDIENCE, pod });
    const servername = `davylamp-gateway.${to.operatorNamespace}.svc`;
    const wire = await AgentClient.dial({ port: to.port, ca: to.ca, token, servername });
    wire.hello(who.agentID, who.declared);
    const agent = new ScriptedAgent(wire, who.instanceID);
    return agent;
  }

  /** Takes desired sets until one satisfies `is`. */
  async desires(is: (probes: readonly WireProbe[]) => boolean): Promise<readonly WireProbe[]> {
    for (;;) {
      this.#desired = await this.wire.next('desired');
      if (is(this.#desired.probes)) return this.#desired.probes;
    }
  }

  /** Says of every wished probe that it is armed, with these changes. */
  states(changes: Partial<ProbeState> = {}): void {
    this.#say([this.process], changes);
  }

  /** The same, of so many processes. */
  processes(count: number, changes: Partial<ProbeState> = {}): void {
    const process = this.process;
    this.#say(
      Array.from({ length: count }, (_, index) => ({ ...process, instanceID: `${process.instanceID}-${index}` })),
      changes,
    );
  }

  #say(processes: readonly ProcessInfo[], changes: Partial<ProbeState>): void {
    const { revision, probes } = this.#desired ?? { revision: 0, probes: [] };
    const states = probes.map(
      ({ uid, generation, redaction }): ProbeState => ({
        uid,
        generation,
        redactionHash: redactionHash(redaction),
        state: 'Armed',
        reason: 'Armed',
        location: 'src/orders.ts:42:5',
        placement: 'Breakpoint',
        hits: 0,
        dropped: [],
        ...changes,
      }),
    );
    const all = processes.map((process) => ({ process, revision, probes: states }));
    this.wire.say({ type: 'states', revision, processes: all });
  }

  /** Sends results of the probe and waits until they are acknowledged. @returns their first number. */
  async results(probe: WireProbe, ...contents: Partial<SeenResult>[]): Promise<number> {
    const results = contents.map(({ capture, ...content }): Result => {
      this.#sequence += 1;
      const { uid, generation } = probe;
      const { instanceID } = this;
      const sequence = this.#sequence;
      const rules = { redactionHash: redactionHash(probe.redaction) };
      const base = {
        uid,
        generation,
        instanceID,
        sequence,
        time: Date.now(),
        location: 'src/orders.ts:42:5',
        ...rules,
      };
      if (capture !== undefined) return { ...base, ...content, kind: 'Snapshot', capture };
      return { ...base, log: { level: 'Info', message: '' }, ...content, kind: 'DynamicLog' };
    });
    const first = this.#number + 1;
    this.#number += results.length;
    this.wire.say({ type: 'results', first, results });
    await this.wire.next('acknowledged');
    return first;
  }

  /** Loses results on the way: they have numbers in the process and never reach anybody. */
  lose(count: number): void {
    this.#sequence += count;
  }

  /** The connection breaks. */
  async cut(): Promise<void> {
    this.wire.socket.terminate();
    await this.wire.closed;
  }

  get closed(): Promise<number> {
    return this.wire.closed;
  }

  get process(): ProcessInfo {
    return {
      instanceID: this.instanceID,
      pid: 7,
      containerName: 'app',
      language: 'JavaScript',
      languageVersion: 'v24.0.0',
      runtimeVersion: '0.1.0',
      placements: ['Breakpoint'],
      command: 'node server.js',
    };
  }
}

export const line = (message: string): Partial<SeenResult> => ({ log: { level: 'Info', message } });
