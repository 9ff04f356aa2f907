import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Authority } from '../../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../../src/gateway/certificates/authority-secret.ts';
import { SESSION_KEY_PURPOSE, SessionTokens } from '../../../src/gateway/enrollment/session-tokens.ts';
import type { GatewayServerOptions } from '../../../src/gateway/server.ts';
import { AgentClient, dialRefused } from '../agent-client.ts';
import { attachedIdentity } from '../fixtures.ts';
import { RunningGateway } from '../running-gateway.ts';

/** Over real TLS and WebSockets. */
describe('an agent that was attached to a running pod', () => {
  let authority: Authority;
  let gateway: RunningGateway;
  const running: RunningGateway[] = [];

  const start = async (options: Partial<GatewayServerOptions> = {}): Promise<RunningGateway> => {
    const started = await RunningGateway.start(authority, options);
    running.push(started);
    return started;
  };

  beforeAll(async () => {
    authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  });
  beforeEach(async () => {
    gateway = await start();
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
  });

  /** Lets an agent in by a one-time credential. */
  async function enroll(podUID = 'pod-1') {
    const once = gateway.oneTime.issue(attachedIdentity(podUID));
    const agent = await AgentClient.dial({ ...gateway.at, token: once });
    agent.hello();
    const { token: session } = await agent.next('credential');
    return { agent, once, session };
  }

  const refusalOf = async (token: string): Promise<[number, string]> => {
    const { status, text } = await dialRefused({ ...gateway.at, token });
    return [status, text.trim()];
  };

  it('is let in by its one-time credential, and comes back by what it was given then, to any replica', async () => {
    const { agent, session } = await enroll();
    expect(gateway.fleet.pod('pod-1')?.connected).toBe(true);
    agent.socket.terminate();
    await agent.closed;
    const again = await gateway.connect(session);
    expect(await gateway.serves(again, 'pod-1')).toBe(true);

    gateway = await start();
    expect(await gateway.serves(await gateway.connect(session), 'pod-1')).toBe(true);
  });

  it('gets another session token while it stays connected', async () => {
    gateway = await start({ heartbeatMilliseconds: 200, credentialMilliseconds: 0 });
    const { agent, session } = await enroll();
    const { token: next } = await agent.next('credential');
    for (const token of [session, next]) expect(gateway.sessions.read(token)).toEqual(attachedIdentity());
  });

  it('goes on being served when somebody uses its credential again, who is refused and reported', async () => {
    const { agent, once } = await enroll();
    expect(await refusalOf(once)).toEqual([401, 'the one-time credential was used before']);
    expect(gateway.reused).toEqual([attachedIdentity()]);
    expect([gateway.events.get('reused'), gateway.events.get('refused')]).toEqual([1, 1]);
    expect(await gateway.serves(agent, 'pod-1')).toBe(true);
    expect(gateway.fleet.connected()).toBe(1);
  });

  it('is one of many that dial with the same credential at the same moment, and only one is let in', async () => {
    const token = gateway.oneTime.issue(attachedIdentity());
    const dials = Array.from({ length: 20 }, () => AgentClient.dial({ ...gateway.at, token }));
    const ends = await Promise.allSettled(dials);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(gateway.reused).toHaveLength(19);
  });

  it('speaks for its own pod whatever it says, and nobody else speaks for it', async () => {
    const { agent } = await enroll('pod-1');
    const victim = await gateway.connect('pod-2', 'agent-0002');
    agent.say({ type: 'states', revision: 0, processes: [], podUID: 'pod-2', podName: 'pod-2', namespace: 'bank' });
    expect(await gateway.serves(victim, 'pod-2')).toBe(true);
    expect(await gateway.serves(agent, 'pod-1')).toBe(true);
    expect([gateway.fleet.pod('pod-1')?.connected, gateway.fleet.pod('pod-2')?.connected]).toEqual([true, true]);
  });

  it('is refused with a session token that was changed, is too old, or is of another authority', async () => {
    const { session } = await enroll();
    const [prefix, payload = '', mac = ''] = session.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const ofOtherPod = Buffer.from(JSON.stringify({ ...claims, uid: 'pod-2' })).toString('base64url');
    const stranger = await Authority.fromSecret(await newAuthoritySecret('other'), 'other');
    const foreign = new SessionTokens({ key: () => stranger.deriveKey(SESSION_KEY_PURPOSE) });
    const wantRefusal = [401, 'the session token is not one of this gateway'];
    const forged = [
      `${prefix}.${ofOtherPod}.${mac}`,
      `${prefix}.${payload}.${'A'.repeat(43)}`,
      `${prefix}.${payload}.`,
      `${prefix}.${payload}`,
      foreign.issue(attachedIdentity()),
    ];
    for (const token of forged) expect(await refusalOf(token)).toEqual(wantRefusal);
    gateway.ahead = 3_600_000;
    expect(await refusalOf(session)).toEqual([401, 'the session token has expired']);
  });

  it('is refused once its pod is gone or its container has ended, by either credential', async () => {
    const { agent, session } = await enroll();
    agent.socket.terminate();
    await agent.closed;
    gateway.gone.add('pod-1');
    const wantRefusal = [403, 'the container of the credential does not run, or its pod is gone'];
    expect(await refusalOf(session)).toEqual(wantRefusal);
    expect(await refusalOf(gateway.oneTime.issue(attachedIdentity()))).toEqual(wantRefusal);
    expect(gateway.fleet.pod('pod-1')?.connected).not.toBe(true);
  });

  it('is cut off when its container has ended, as what then speaks for it is something else', async () => {
    gateway = await start({ heartbeatMilliseconds: 200 });
    const { agent } = await enroll('pod-1');
    const other = await enroll('pod-2');
    gateway.gone.add('pod-1');
    expect(await agent.closed).toBe(1008);
    expect(await gateway.serves(other.agent, 'pod-2')).toBe(true);
  });

  it('is no injected agent: that one is never given a credential', async () => {
    gateway = await start({ heartbeatMilliseconds: 200, credentialMilliseconds: 0 });
    const injected = await gateway.connect('pod-2');
    const given: string[] = [];
    injected.socket.on('message', (data) => given.push(JSON.parse(String(data)).type));
    const { agent } = await enroll();
    // All connections have one beat in the same time.
    for (let beats = 0; beats < 5; beats += 1) await agent.next('credential');
    expect(await gateway.serves(injected, 'pod-2')).toBe(true);
    expect(given).not.toContain('credential');
  });

  it('has its credentials in no line of the log, of whatever level', async () => {
    const { agent, once, session } = await enroll();
    await refusalOf(once);
    await refusalOf(`${session}A`);
    agent.say({ type: 'credential', token: session });
    await agent.closed;
    expect(gateway.log).toContain('protocol violation');
    expect(gateway.log).not.toContain('davylamp-once.');
    expect(gateway.log).not.toContain('davylamp-session.');
  });
});
