import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { AgentClient } from './agent-client.ts';
import { probe } from './fixtures.ts';
import { RunningGateway } from './running-gateway.ts';

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await RunningGateway.start(await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp'));
});
afterEach(() => gateway.close());

const plain = probe('plain');
const hidden: WireProbe = {
  ...probe('hidden'),
  redaction: { mode: 'AllowList', allow: ['id'], replacement: 'Remove' },
};
const assign = (...probes: WireProbe[]) => {
  for (const one of probes) gateway.fleet.assign(one.uid, new Map([['pod-1', one]]));
};
const dial = () => AgentClient.dial({ ...gateway.at, token: 'pod-1' });

describe('an agent of an older version, which does not declare what it enforces', () => {
  it('is sent nothing that it would leave a part of out, also where that was desired before it came', async () => {
    assign(plain, hidden);
    const agent = await dial();
    agent.hello('agent-old', {});
    expect((await agent.next('desired')).probes).toEqual([plain]);
  });

  it('is sent a set without a probe that needs something from now on', async () => {
    const agent = await dial();
    agent.hello('agent-old', {});
    await agent.next('desired');
    assign({ ...hidden, redaction: undefined });
    expect((await agent.next('desired')).probes).toHaveLength(1);
    assign(hidden);
    expect((await agent.next('desired')).probes).toEqual([]);
  });

  it('is told of to whoever decides over probes, once, and again when one of this version comes in its place', async () => {
    assign(hidden);
    const heard: (readonly string[] | undefined)[] = [];
    gateway.fleet.onPodChange(() => heard.push(gateway.fleet.pod('pod-1')?.enforces));
    const all = ['Calls', 'Patterns', 'Places', 'Redaction'];
    const agent = await dial();
    agent.hello('agent-old', {});
    expect((await agent.next('desired')).probes).toEqual([]);
    // It counts as one of this version until it has said hello.
    expect(heard).toEqual([all, []]);

    const newer = await dial();
    newer.hello('agent-new');
    expect((await newer.next('desired')).probes).toEqual([hidden]);
    expect(heard).toEqual([all, [], [], all]);
  });
});

it('an agent that declares what a probe needs is sent it, whatever else it declares or does not', async () => {
  const patterns: WireProbe = {
    ...probe('patterns'),
    redaction: { mode: 'Default', patterns: ['E[0-9]{6}'], replacement: 'Remove' },
  };
  assign(plain, hidden, patterns);
  const agent = await dial();
  agent.hello('agent-0001', { enforces: ['SomethingNewer', 'Redaction'] });
  expect((await agent.next('desired')).probes).toEqual([plain, hidden]);
});
