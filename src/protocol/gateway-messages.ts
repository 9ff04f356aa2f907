import * as z from 'zod/mini';
import { count, declaredEnforcement, list, text } from './bounded.ts';
import { MAX_PROBES, MAX_PROCESSES, MAX_RESULTS } from './limits.ts';
import { resultSchema } from './result.ts';
import { probeStateSchema, processSchema } from './state.ts';
import { wireProbeSchema } from './wire-probe.ts';

/**
 * Agent ⇄ gateway: JSON frames over a WebSocket that the agent dials (TLS, `Authorization: Bearer` with a ServiceAccount
 * token of {@link GATEWAY_AUDIENCE}, or with what an attached agent was given instead; sub-protocol {@link GATEWAY_SUBPROTOCOL}).
 * The gateway knows from the token which pod speaks; no frame names a pod.
 *
 * Level-triggered: `desired` is always the whole set of the pod, `states` always the whole state. Results are numbered by
 * the agent and kept until acknowledged, so a cut connection repeats them instead of losing them.
 */
export const GATEWAY_AUDIENCE = 'gateway.davylamp.dev';
export const GATEWAY_PATH = '/agents';
/** The wire's version. A gateway refuses every other one. */
export const GATEWAY_SUBPROTOCOL = 'davylamp.v1';
export const HEARTBEAT_SECONDS = 15;
/** How long an agent keeps probes in its processes while it has no gateway, unless its settings say otherwise. */
export const GATEWAY_ABSENCE_SECONDS = 600;
export const MAX_GATEWAY_ABSENCE_SECONDS = 86_400;

export const processStatesSchema = z.object({
  process: processSchema,
  /** The revision of the desired set that this process has applied. */
  revision: count,
  probes: list(probeStateSchema, MAX_PROBES),
});

/**
 * How many results of one generation of a probe the pod may report, over all its processes, counted since its agent started. All
 * grants of a probe together are never more than its limit, so the limit holds exactly if each pod stays within its grant.
 */
export const grantSchema = z.object({ uid: text(64), generation: count, results: count });

/** What became of a grant: `used` results were reported, `held` ones wait for a larger grant. */
export const usageSchema = z.object({ uid: text(64), generation: count, granted: count, used: count, held: count });

/** Agent → gateway. */
export const agentToGatewaySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    agentVersion: text(32),
    agentID: z.string().check(z.minLength(8), z.maxLength(64)),
    /** What it enforces and hands on to runtimes; absent from an agent of an older version, which leaves it out of what it hands on. */
    enforces: declaredEnforcement,
  }),
  /** The revision that the agent holds, and every process with its states. Sent after each change, at most every 50 ms. */
  z.object({
    type: z.literal('states'),
    revision: count,
    processes: list(processStatesSchema, MAX_PROCESSES),
    /** Absent from an agent that knows no grants. */
    usage: z.optional(list(usageSchema, MAX_PROBES)),
  }),
  /** `first` is the number of the first result; numbers are consecutive and belong to agentID. */
  z.object({
    type: z.literal('results'),
    first: z.int().check(z.minimum(1)),
    results: list(resultSchema, MAX_RESULTS),
  }),
  /** Results that the agent's bounded buffer had to drop, per probe, counted since the agent started. */
  z.object({
    type: z.literal('dropped'),
    probes: list(z.object({ uid: text(64), count: count }), MAX_PROBES),
  }),
]);

/** Gateway → agent. */
export const gatewayToAgentSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('desired'),
    revision: count,
    probes: list(wireProbeSchema, MAX_PROBES),
    /** A probe that is not named keeps its grant. Absent from a gateway that knows no grants: then the number of results is not bounded. */
    grants: z.optional(list(grantSchema, MAX_PROBES)),
  }),
  z.object({ type: z.literal('acknowledged'), through: count }),
  /** The token of the next dial; only to an agent that was attached, which has no token of a ServiceAccount. It is in no log. */
  z.object({ type: z.literal('credential'), token: text(2048) }),
]);

export type ProcessStates = z.infer<typeof processStatesSchema>;
export type AgentToGateway = z.infer<typeof agentToGatewaySchema>;
export type GatewayToAgent = z.infer<typeof gatewayToAgentSchema>;
export type Grant = z.infer<typeof grantSchema>;
export type Usage = z.infer<typeof usageSchema>;
