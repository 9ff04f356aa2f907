import * as z from 'zod/mini';
import { count, list, text } from './bounded.ts';
import { MAX_PROBES, MAX_RESULTS } from './limits.ts';
import { resultSchema } from './result.ts';
import { probeStateSchema, processSchema } from './state.ts';
import { wireProbeSchema } from './wire-probe.ts';

/**
 * Agent ⇄ runtime: JSON, one frame per line, over a unix socket in a directory that both see. Beside the socket lies
 * `connection.json` ({@link connectionFileSchema}), which names the socket and holds the secret of this start of the agent.
 *
 * The runtime speaks first (`hello`), the agent answers with the whole desired set (`desired`), and again whenever it
 * changes. A second hello with the same instanceID takes the place of the first: the agent closes the older connection.
 * When the connection ends in any other way, the runtime removes everything.
 */
export const RUNTIME_PROTOCOL = 1;
export const CONNECTION_FILE = 'connection.json';
/** The agent makes this file once applications may start: then the directory holds the runtime's files and the connection file. */
export const READY_FILE = 'ready';

export const connectionFileSchema = z.object({
  /** Its name in the directory of the file, since agent and runtime may see that under different paths. */
  socket: text(107),
  secret: z.string().check(z.minLength(16), z.maxLength(128)),
  /** An agent from which nothing came for so long counts as hung, even while its socket is open: the runtime removes everything. */
  silenceSeconds: z.optional(z.int().check(z.minimum(1))),
});
export type ConnectionFile = z.infer<typeof connectionFileSchema>;

/** Runtime → agent. */
export const runtimeFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    secret: text(128),
    process: processSchema,
  }),
  /** Whole state after a desired set was applied, and afterwards whenever something changed; at most every 500 ms. */
  z.object({
    type: z.literal('states'),
    revision: count,
    probes: list(probeStateSchema, MAX_PROBES),
  }),
  z.object({ type: z.literal('results'), results: list(resultSchema, MAX_RESULTS) }),
]);

/** Agent → runtime. */
export const agentFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('desired'),
    revision: count,
    probes: list(wireProbeSchema, MAX_PROBES),
  }),
  /** Nothing but a sign of life, to runtimes that hold probes; several in `silenceSeconds`. */
  z.object({ type: z.literal('alive') }),
  /** The agent ends the connection on purpose: `replaced` by a newer one of the same process, or `refused`. */
  z.object({
    type: z.literal('bye'),
    reason: z.enum(['replaced', 'refused']),
    message: z.optional(text(512)),
  }),
]);

export type RuntimeFrame = z.infer<typeof runtimeFrameSchema>;
export type AgentFrame = z.infer<typeof agentFrameSchema>;
