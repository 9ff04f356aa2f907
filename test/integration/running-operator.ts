import type { Logger } from 'pino';
import { vi } from 'vitest';
import type { LineWriter } from '../../src/audit/audit-log.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { readSettings } from '../../src/operator/settings.ts';
import { type OperatorPorts, runOperator } from '../../src/operator.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import type { PodRef } from './pod-token.ts';
import { ScriptedAgent } from './scripted-agent.ts';

/** The whole operator of a namespace, in this process, against the real API server. */
export class RunningOperator {
  readonly ports: OperatorPorts;
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #end: () => Promise<void>;

  private constructor(client: KubeClient, namespace: string, ports: OperatorPorts, end: () => Promise<void>) {
    this.#client = client;
    this.#namespace = namespace;
    this.ports = ports;
    this.#end = end;
  }

  static async start(
    client: KubeClient,
    namespace: string,
    log: Logger,
    environment: NodeJS.ProcessEnv = {},
    auditStream: LineWriter = { write: () => undefined },
  ): Promise<RunningOperator> {
    const own = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
    const stopping = new AbortController();
    const settings = readSettings({
      DAVYLAMP_NAMESPACE: namespace,
      DAVYLAMP_GATEWAY_PORT: '0',
      DAVYLAMP_WEBHOOK_PORT: '0',
      DAVYLAMP_METRICS_PORT: '0',
      // No kubelet starts anything here.
      DAVYLAMP_ATTACH: 'false',
      ...environment,
    });
    const listening = Promise.withResolvers<OperatorPorts>();
    const { resolve: onListening } = listening;
    const ended = runOperator({
      settings,
      client: own,
      log,
      auditStream: () => auditStream,
      signal: stopping.signal,
      onListening,
    });
    ended.catch(listening.reject);
    return new RunningOperator(client, namespace, await listening.promise, async () => {
      stopping.abort();
      await ended;
      await own.close();
    });
  }

  stop(): Promise<void> {
    return this.#end();
  }

  /** Dials until the operator leads. */
  async connectAgent(who: {
    pod: PodRef;
    account: string;
    agentID?: string;
    instanceID?: string;
    declared?: { enforces?: readonly string[] };
  }) {
    const { pod, account, agentID = 'agent-0001', instanceID = 'instance-0001', declared } = who;
    const { caPem } = await Authority.load(this.#client, this.#namespace);
    const to = { port: this.ports.gateway, ca: caPem, operatorNamespace: this.#namespace };
    const dial = () => ScriptedAgent.connect(this.#client, pod, account, to, { agentID, instanceID, declared });
    return await vi.waitFor(dial, { timeout: 60_000, interval: 50 });
  }

  /** What Prometheus would read. */
  async metrics(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.ports.metrics}/metrics`)).text();
  }
}
