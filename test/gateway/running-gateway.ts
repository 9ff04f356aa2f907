import { Writable } from 'node:stream';
import { pino } from 'pino';
import { AuthenticationRefused } from '../../src/gateway/agents/authenticate.ts';
import type { AttachedIdentity, PodIdentity } from '../../src/gateway/agents/identity.ts';
import { UnionAuthenticator } from '../../src/gateway/agents/union-authenticator.ts';
import type { Authority } from '../../src/gateway/certificates/authority.ts';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';
import { OneTimeCredentials } from '../../src/gateway/enrollment/one-time-credentials.ts';
import { SESSION_KEY_PURPOSE, SessionTokens } from '../../src/gateway/enrollment/session-tokens.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import type { GatewayEvent } from '../../src/gateway/gateway-metrics.ts';
import { GatewayServer, type GatewayServerOptions } from '../../src/gateway/server.ts';
import { AgentClient, type DialOptions } from './agent-client.ts';
import { probe } from './fixtures.ts';

/** A token of a ServiceAccount names its pod here; who really holds one is tested with a real API server. */
async function reviewed(token: string): Promise<PodIdentity> {
  if (!token.startsWith('pod-')) throw new AuthenticationRefused(401, 'the token is not valid');
  return { namespace: 'shop', podName: token, podUID: token };
}

/** A gateway with everything that lets agents in, as the operator wires it. */
export class RunningGateway {
  /** Results, states and drops that agents reported of probes that their pods do not have. */
  notListenedTo = 0;
  readonly fleet = new Fleet({
    onRefused: (_, { count }) => {
      this.notListenedTo += count;
    },
  });
  readonly events = new Map<GatewayEvent, number>();
  readonly reused: AttachedIdentity[] = [];
  /** UIDs of pods that are gone. */
  readonly gone = new Set<string>();
  /** Milliseconds that the clock of sessions is ahead. */
  ahead = 0;
  readonly oneTime = new OneTimeCredentials({
    onReuse: (identity) => {
      this.reused.push(identity);
      this.#count('reused');
    },
  });
  readonly sessions: SessionTokens;
  at: DialOptions;
  readonly #server: GatewayServer;
  readonly #lines: string[] = [];

  private constructor(authority: Authority, tls: GatewayServerOptions['tls'], options: Partial<GatewayServerOptions>) {
    this.fleet.release();
    this.sessions = new SessionTokens({
      key: () => authority.deriveKey(SESSION_KEY_PURPOSE),
      now: () => Date.now() + this.ahead,
    });
    const agents = new UnionAuthenticator({
      serviceAccounts: { authenticate: reviewed },
      ...{ oneTime: this.oneTime, sessions: this.sessions },
      isPresent: (identity) => this.#isPresent(identity),
    });
    const lines = new Writable({
      write: (line, _encoding, done) => {
        this.#lines.push(String(line));
        done();
      },
    });
    this.#server = new GatewayServer({
      fleet: this.fleet,
      authenticate: (token) => agents.authenticate(token),
      credentialFor: (identity) => this.sessions.issue(identity),
      isPresent: (identity) => this.#isPresent(identity),
      leader: () => ({ self: true }),
      tls,
      log: pino({ level: 'trace' }, lines),
      metrics: { gatewayEvent: (event) => this.#count(event) },
      ...options,
    });
    this.at = { port: 0, ca: authority.caPem };
  }

  static async start(authority: Authority, options: Partial<GatewayServerOptions> = {}): Promise<RunningGateway> {
    const gateway = new RunningGateway(authority, await authority.issue(servingNames('davylamp')), options);
    gateway.at = { ...gateway.at, port: await gateway.#server.listen(0, '127.0.0.1') };
    return gateway;
  }

  /** Everything that was logged, of any level. */
  get log(): string {
    return this.#lines.join('');
  }

  /** An agent that has its set. */
  async connect(token: string, agentID = 'agent-0001'): Promise<AgentClient> {
    const agent = await AgentClient.dial({ ...this.at, token });
    agent.hello(agentID);
    await agent.next('desired');
    return agent;
  }

  /** Whether an agent that is connected goes on being served: it gets what its pod is to have. */
  async serves(agent: AgentClient, podUID: string): Promise<boolean> {
    const uid = `probe-${Math.random()}`;
    this.fleet.assign(uid, new Map([[podUID, probe(uid)]]));
    while (!(await agent.next('desired')).probes.some((desired) => desired.uid === uid));
    this.fleet.forget(uid);
    return true;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #isPresent({ podUID }: AttachedIdentity): boolean {
    return !this.gone.has(podUID);
  }

  #count(event: GatewayEvent): void {
    this.events.set(event, (this.events.get(event) ?? 0) + 1);
  }
}
