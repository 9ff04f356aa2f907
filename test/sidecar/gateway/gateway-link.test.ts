import { once } from 'node:events';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authority } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import { servingNames } from '../../../src/gateway/certificates/serving-certificate.ts';
import type { GatewayServerOptions } from '../../../src/gateway/server.ts';
import { GatewayLink, type GatewayLinkOptions } from '../../../src/sidecar/gateway/gateway-link.ts';
import { ResultBuffer } from '../../../src/sidecar/results/result-buffer.ts';
import { AgentClient } from '../../gateway/agent-client.ts';
import { attachedIdentity } from '../../gateway/fixtures.ts';
import { RunningGateway } from '../../gateway/running-gateway.ts';

/** The link of an attached agent with a real gateway. */
describe('an agent that has no token of a ServiceAccount', () => {
  let authority: Authority;
  let gateway: RunningGateway;
  let log: string[];
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  });
  beforeEach(async () => {
    log = [];
    gateway = await start();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function start(options: Partial<GatewayServerOptions> = {}): Promise<RunningGateway> {
    const started = await RunningGateway.start(authority, options);
    closers.push(() => started.close());
    return started;
  }

  function link(options: Pick<GatewayLinkOptions, 'token' | 'onCredential' | 'onRefused'>): GatewayLink {
    const [name = ''] = servingNames('davylamp');
    const made = new GatewayLink({
      url: `wss://${name}:${gateway.at.port}`,
      address: '127.0.0.1',
      ca: authority.caPem,
      agentID: 'agent-0001',
      buffer: new ResultBuffer(),
      states: () => ({ revision: 0, processes: [], usage: [] }),
      onDesired: () => undefined,
      onLost: () => undefined,
      log: (_, message) => log.push(message),
      ...options,
    });
    closers.push(() => made.close());
    made.start();
    return made;
  }

  it('dials with what it was given last, and so comes back after a cut', async () => {
    const dialed: string[] = [];
    let token = gateway.oneTime.issue(attachedIdentity());
    link({
      token: () => {
        dialed.push(token.split('.', 1)[0] ?? '');
        return token;
      },
      onCredential: (next) => {
        token = next;
      },
      onRefused: (message) => log.push(`refused: ${message}`),
    });
    await vi.waitFor(() => expect(token).toMatch(/^davylamp-session\./));
    // Another connection of the pod takes the place of this one, which dials again.
    const other = await AgentClient.dial({ ...gateway.at, token });
    other.hello('agent-0002');
    await once(other.socket, 'close');
    expect(dialed).toEqual(['davylamp-once', 'davylamp-session']);
    expect(log.join()).not.toMatch(/davylamp-(?:once|session)\.|refused/);
  });

  it.each([
    ['401', () => 'davylamp-once.nobody', 'the one-time credential is not known here'],
    [
      '403',
      () => {
        gateway.gone.add('pod-1');
        return gateway.sessions.issue(attachedIdentity());
      },
      'the container of the credential does not run, or its pod is gone',
    ],
  ])('is told that its credential is refused (%s), and may end', async (status, tokenOf, wantReason) => {
    const refusal = Promise.withResolvers<string>();
    const token = tokenOf();
    const refused: GatewayLink = link({ token: () => token, onRefused: refusal.resolve });
    expect(await refusal.promise).toMatch(new RegExp(`answered ${status}: ${wantReason}$`));
    await refused.close();
  });

  it('is not told so when no replica leads, or none is there', async () => {
    gateway = await start({ leader: () => ({ self: false }) });
    const refusals: string[] = [];
    let dials = 0;
    const token = (): string => {
      dials += 1;
      return 'davylamp-once.nobody';
    };
    link({ token, onRefused: (message) => refusals.push(message) });
    await vi.waitFor(() => expect(log.join()).toContain('answered 503'));
    await gateway.close();
    await vi.waitFor(() => expect(log.join()).toContain('ECONNREFUSED'), { timeout: 20_000 });
    expect(dials).toBeGreaterThan(1);
    expect(refusals).toEqual([]);
  });
});
