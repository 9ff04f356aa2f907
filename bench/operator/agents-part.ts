import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { answer } from './part.ts';
import { podToken, type TokenOwner } from './pod-token.ts';
import { type Gateway, SimulatedAgent } from './simulated-agent.ts';

export interface GatewayAddress {
  readonly port: number;
  readonly ca: string;
  readonly servername: string;
}

export interface AgentsState {
  readonly connected: number;
  /** Those that hold a set and have said so on the present connection. */
  readonly stating: number;
  readonly unacknowledged: number;
  /** Sets that they were sent so far. */
  readonly sets: number;
  /** Probes that they have, all together. */
  readonly probes: number;
}

export type AgentsAsks = {
  connect: readonly [
    { gateway: GatewayAddress; pods: { name: string; uid: string }[]; owner: TokenOwner; keyFile: string },
    undefined,
  ];
  gateway: readonly [GatewayAddress, undefined];
  state: readonly [undefined, AgentsState];
  /** When each agent that did said that it holds a set with this text; milliseconds since 1970. */
  heldAt: readonly [string, number[]];
  /** When each of those without probes was sent a set without any; milliseconds since 1970. */
  emptiedAt: readonly [undefined, number[]];
  hit: readonly [number, undefined];
  cut: readonly [undefined, undefined];
};

/** Entry of a process of simulated agents. */
let agents: SimulatedAgent[] = [];
let gateway: Gateway;
const gatewayAt = ({ port, ca, servername }: GatewayAddress): Gateway => {
  return { port, servername, secureContext: createSecureContext({ ca }) };
};

answer({
  connect: ({ gateway: to, pods, owner, keyFile }: AgentsAsks['connect'][0]) => {
    gateway = gatewayAt(to);
    const key = readFileSync(keyFile, 'utf8');
    agents = pods.map((pod) => new SimulatedAgent(pod.name, podToken(key, owner, pod)));
    for (const agent of agents) setTimeout(() => agent.dial(() => gateway), Math.random() * 500);
  },
  gateway: (to: GatewayAddress) => {
    gateway = gatewayAt(to);
  },
  state: (): AgentsState => ({
    connected: agents.filter(({ isConnected }) => isConnected).length,
    stating: agents.filter(({ hasStates }) => hasStates).length,
    unacknowledged: agents.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0),
    sets: agents.reduce((sum, { sets }) => sum + sets, 0),
    probes: agents.reduce((sum, { probes }) => sum + probes, 0),
  }),
  heldAt: (text: string) => agents.map(({ heldAt }) => heldAt.get(text)).filter((time) => time !== undefined),
  emptiedAt: () => agents.map(({ emptiedAt }) => emptiedAt).filter((time) => time !== undefined),
  hit: (count: number) => {
    for (const agent of agents) agent.hit(count);
  },
  cut: () => {
    for (const agent of agents) agent.cut();
  },
});
