import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient } from '../../src/kube/client.ts';
import { freePorts } from '../free-ports.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { kubeconfigText, type ServerFiles, writeServerFiles } from './server-files.ts';

const START_TIMEOUT_MS = 90_000;
/** Name of the file with the server's own audit, beside the kubeconfig. */
export const AUDIT_LOG = 'audit.log';
/** As docs/audit.md has it: who changed which probe, without its content. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      verbs: ['create', 'update', 'patch', 'delete'],
      resources: [{ group: 'davylamp.dev', resources: ['dynamiclogs', 'snapshots'] }],
    },
    { level: 'None' },
  ],
};

/**
 * A real etcd and kube-apiserver with RBAC, in a folder of their own. There are no controllers and no kubelet: pods stay as they are
 * written, namespaces are never emptied, service accounts get no default.
 */
export class ApiServer {
  readonly #binaries: Binaries;
  readonly #directory: string;
  readonly #files: ServerFiles;
  readonly #ports: { etcd: number; peer: number; server: number };
  #etcd: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  private constructor(
    binaries: Binaries,
    directory: string,
    files: ServerFiles,
    [etcd = 0, peer = 0, server = 0]: readonly number[],
  ) {
    this.#binaries = binaries;
    this.#directory = directory;
    this.#files = files;
    this.#ports = { etcd, peer, server };
    writeFileSync(this.kubeconfig, kubeconfigText(`https://127.0.0.1:${server}`, files), { mode: 0o600 });
    writeFileSync(join(directory, 'audit-policy.json'), JSON.stringify(AUDIT_POLICY));
  }

  static async start(): Promise<ApiServer> {
    const binaries = await findBinaries();
    const directory = mkdtempSync(join(tmpdir(), 'davylamp-apiserver-'));
    const api = new ApiServer(binaries, directory, await writeServerFiles(directory), await freePorts(3));
    try {
      await api.#startEtcd();
      await api.resume();
    } catch (error) {
      await api.stop();
      throw error;
    }
    return api;
  }

  /** Path of the administrator's kubeconfig. */
  get kubeconfig(): string {
    return join(this.#directory, 'kubeconfig');
  }

  get port(): number {
    return this.#ports.server;
  }

  /** Writes another kubeconfig, which reaches the server by another port of this machine. @returns its path. */
  kubeconfigThrough(port: number): string {
    const path = join(this.#directory, `kubeconfig-${port}`);
    writeFileSync(path, kubeconfigText(`https://127.0.0.1:${port}`, this.#files), { mode: 0o600 });
    return path;
  }

  /** Kills kube-apiserver as a crash would; etcd goes on. */
  async kill(): Promise<void> {
    await end(this.#server);
    this.#server = undefined;
  }

  /** Starts kube-apiserver, on the port that it had before, and waits until it is ready. */
  async resume(): Promise<void> {
    const { certificate, key, tokens, serviceAccountKey } = this.#files;
    this.#server = this.#spawn(this.#binaries.apiServer, [
      `--etcd-servers=http://127.0.0.1:${this.#ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${this.#ports.server}`,
      `--tls-cert-file=${certificate}`,
      `--tls-private-key-file=${key}`,
      `--token-auth-file=${tokens}`,
      `--service-account-key-file=${serviceAccountKey}`,
      `--service-account-signing-key-file=${serviceAccountKey}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      // Without controllers no service account would ever be there for a pod.
      '--disable-admission-plugins=ServiceAccount',
      '--allow-privileged=true',
      `--audit-policy-file=${join(this.#directory, 'audit-policy.json')}`,
      `--audit-log-path=${join(this.#directory, AUDIT_LOG)}`,
    ]);
    const client = KubeClient.fromDefault({ kubeconfig: this.kubeconfig });
    try {
      await this.#ready(this.#server, 'kube-apiserver', () => client.request('GET', '/readyz', { timeoutMs: 2000 }));
    } finally {
      await client.close();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([end(this.#server), end(this.#etcd)]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #startEtcd(): Promise<void> {
    const url = `http://127.0.0.1:${this.#ports.etcd}`;
    const peer = `http://127.0.0.1:${this.#ports.peer}`;
    this.#etcd = this.#spawn(this.#binaries.etcd, [
      `--data-dir=${join(this.#directory, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
    ]);
    await this.#ready(this.#etcd, 'etcd', async () => {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
      if (!response.ok) throw new Error(`etcd answered ${response.status}`);
    });
  }

  #spawn(program: string, args: string[]): ChildProcess {
    const log = openSync(this.#logPath(program), 'a');
    return spawn(program, args, { stdio: ['ignore', log, log] });
  }

  #logPath(program: string): string {
    return join(this.#directory, `${program.replace(/^.*\//, '')}.log`);
  }

  async #ready(child: ChildProcess, name: string, ask: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const failure: unknown = await ask().then(
        () => undefined,
        (error: unknown) => error ?? new Error('no answer'),
      );
      if (failure === undefined) return;
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        const log = readFileSync(this.#logPath(child.spawnfile), 'utf8').split('\n').slice(-20).join('\n');
        throw new Error(`${name} did not get ready:\n${log}`, { cause: failure });
      }
      await delay(100);
    }
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
