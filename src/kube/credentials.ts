import type { RequestOptions } from 'node:https';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
// Not from the package's index, which loads 800 generated models; only kubeconfig files and credentials are needed here.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { KubeConfigError } from './kube-config-error.ts';

export interface CredentialOptions {
  /** Path of a kubeconfig file. Default: `KUBECONFIG`, `~/.kube/config`, or the pod's service account. */
  readonly kubeconfig?: string;
  /** Name of a context in it. Default: its current context. */
  readonly context?: string;
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] };
}

/** How to reach the server right now. */
export interface Access {
  readonly dispatcher: Dispatcher;
  /** Names and values in turn, because a name may occur more than once: groups to impersonate. */
  readonly headers: readonly string[];
  /** For a WebSocket, which does not go through the pool: undici's does not tell with which status the server refused it. */
  readonly connection: TlsOptions & Pick<RequestOptions, 'agent'>;
}

/** Tokens and certificates are read again after this time; client-node caches exec plugins and token files by itself. */
const FRESH_MS = 10_000;

/** Context of the kubeconfig that client-node makes up when it finds none, for a server on port 8080 of this machine. */
const MADE_UP_CONTEXT = 'loaded-context';

/**
 * Our credentials at the API server, and the one pool of connections to it. Rotated tokens are read anew in time; a rotated CA or
 * client certificate gets a new pool, and the old one closes when its last request has ended.
 */
export class Credentials {
  readonly origin: string;
  /** Path before `/api`, for servers behind a gateway; usually empty. */
  readonly basePath: string;
  readonly defaultNamespace: string;
  readonly #options: CredentialOptions;
  #config: KubeConfig;
  #access: { value: Access; readAt: number } | undefined;
  #reading: Promise<Access> | undefined;
  #isClosed = false;
  #pool: { dispatcher: Dispatcher; fingerprint: string } | undefined;

  constructor(options: CredentialOptions = {}) {
    this.#options = options;
    this.#config = loadConfig(options);
    const cluster = this.#config.getCurrentCluster();
    if (!cluster) {
      throw new KubeConfigError(
        `the kubeconfig has no cluster for context ${JSON.stringify(this.#config.getCurrentContext() ?? '')}`,
      );
    }
    if (!URL.canParse(cluster.server)) {
      throw new KubeConfigError(`the server of cluster ${cluster.name} is no URL: ${JSON.stringify(cluster.server)}`);
    }
    const url = new URL(cluster.server);
    this.origin = url.origin;
    this.basePath = url.pathname.replace(/\/+$/, '');
    const context = this.#config.getContextObject(this.#config.getCurrentContext());
    this.defaultNamespace = context?.namespace || 'default';
  }

  /** @throws KubeConfigError if a credential plugin fails or a file cannot be read. */
  access(): Promise<Access> {
    if (this.#isClosed) return Promise.reject(new Error('the client is closed'));
    const cached = this.#access;
    if (cached && performance.now() - cached.readAt < FRESH_MS) return Promise.resolve(cached.value);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Makes the next request read tokens and certificates anew, after the server refused the present ones. The whole kubeconfig is read
   * again, because client-node keeps a token of a plugin for ever if it has no expiration time.
   * @throws KubeConfigError if it is no longer readable.
   */
  forget(): void {
    this.#access = undefined;
    this.#config = loadConfig(this.#options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool?.dispatcher.destroy();
    this.#pool = undefined;
    this.#access = undefined;
  }

  async #read(): Promise<Access> {
    const { impersonate } = this.#options;
    const options: RequestOptions = { headers: {} };
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new KubeConfigError(`credentials cannot be read: ${messageOf(error)}`, { cause: error });
    }
    const headers: string[] = [];
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value === undefined || (impersonate && name.toLowerCase() === 'impersonate-user')) continue;
      headers.push(name, String(value));
    }
    if (options.auth) headers.push('Authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
    if (impersonate) headers.push('Impersonate-User', impersonate.user);
    for (const group of impersonate?.groups ?? []) headers.push('Impersonate-Group', group);
    const tls = tlsOf(options);
    const isProxied = Boolean(this.#config.getCurrentCluster()?.proxyUrl);
    const connection = { ...tls, ...(isProxied && { agent: options.agent }) };
    const value = { dispatcher: this.#dispatcher(tls), headers, connection };
    this.#access = { value, readAt: performance.now() };
    return value;
  }

  #dispatcher(tls: TlsOptions): Dispatcher {
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = tls;
    const fingerprint = [ca, cert, key, pfx, passphrase, rejectUnauthorized, servername].map(String).join('\n');
    if (this.#pool?.fingerprint === fingerprint) return this.#pool.dispatcher;
    const connect = { ...tls, timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const proxy = this.#config.getCurrentCluster()?.proxyUrl;
    // close() lets requests and watches of the old pool come to their end.
    this.#pool?.dispatcher.close().catch(() => undefined);
    const dispatcher = makeDispatcher(proxy, tls, connect);
    this.#pool = { dispatcher, fingerprint };
    return dispatcher;
  }
}

function tlsOf(options: RequestOptions): TlsOptions {
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
  const tls: TlsOptions = { ca, cert, key, pfx, passphrase };
  if (rejectUnauthorized !== undefined) tls.rejectUnauthorized = rejectUnauthorized;
  if (servername) tls.servername = servername;
  return tls;
}

function makeDispatcher(proxy: string | undefined, tls: TlsOptions, connect: buildConnector.BuildOptions): Dispatcher {
  // HTTP/1.1: over HTTP/2, undici joins headers of one name, and two groups to impersonate would become one.
  const allowH2 = false;
  if (!proxy) return new Agent({ connect, allowH2 });
  if (proxy.startsWith('socks')) return new Socks5ProxyAgent(proxy, { requestTls: { ...tls, allowH2 }, allowH2 });
  return new ProxyAgent({ uri: proxy, requestTls: { ...connect, allowH2 }, allowH2 });
}

function loadConfig(options: CredentialOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new KubeConfigError(`the kubeconfig cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (config.getCurrentContext() === MADE_UP_CONTEXT) {
    throw new KubeConfigError(
      'there is no kubeconfig: set KUBECONFIG, give --kubeconfig FILE, or write ~/.kube/config',
    );
  }
  if (options.context !== undefined) {
    if (!config.getContextObject(options.context)) {
      const names = config.getContexts().map((context) => context.name);
      throw new KubeConfigError(
        `no context ${JSON.stringify(options.context)}; there are: ${names.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(options.context);
  }
  return config;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
