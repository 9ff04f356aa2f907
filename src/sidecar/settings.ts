import * as z from 'zod/mini';
import { GATEWAY_ABSENCE_SECONDS, MAX_GATEWAY_ABSENCE_SECONDS } from '../protocol/gateway-messages.ts';

const RUN_DIRECTORY = '/run/davylamp';

/** The agent's environment, as the injection writes it. */
const environmentSchema = z.object({
  DAVYLAMP_GATEWAY: z.url({ protocol: /^wss$/, error: 'must be a wss:// URL' }),
  DAVYLAMP_CA: z.string().check(z.includes('BEGIN CERTIFICATE', { error: 'must be a certificate in PEM' })),
  DAVYLAMP_POD_NAME: z.string().check(z.minLength(1)),
  DAVYLAMP_POD_NAMESPACE: z.string().check(z.minLength(1)),
  DAVYLAMP_RUN: z._default(z.string().check(z.minLength(1)), RUN_DIRECTORY),
  DAVYLAMP_TOKEN_FILE: z._default(z.string().check(z.minLength(1)), '/var/run/secrets/davylamp.dev/token'),
  DAVYLAMP_GATEWAY_ABSENCE_SECONDS: z._default(
    z.coerce.number().check(z.int(), z.minimum(1), z.maximum(MAX_GATEWAY_ABSENCE_SECONDS)),
    GATEWAY_ABSENCE_SECONDS,
  ),
  DAVYLAMP_GATEWAY_ADDRESS: z.optional(z.union([z.ipv4(), z.ipv6()])),
  DAVYLAMP_MEMORY_LIMIT: z.optional(z.coerce.number().check(z.positive())),
});

export interface AgentSettings {
  readonly gateway: string;
  readonly ca: string;
  readonly podName: string;
  readonly podNamespace: string;
  /** The directory that the application's containers see. */
  readonly directory: string;
  readonly tokenFile: string;
  /** How long the gateway may be away before every probe is taken out. */
  readonly gatewayAbsenceSeconds: number;
  /** Where the gateway is when its name cannot be resolved, as in pods that use the DNS of their node. */
  readonly gatewayAddress?: string;
  /** Memory limit of the agent's container. */
  readonly memoryLimitBytes?: number;
}

/** @throws Error that names every variable that is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): AgentSettings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`the environment is not complete: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  return {
    gateway: data.DAVYLAMP_GATEWAY,
    ca: data.DAVYLAMP_CA,
    podName: data.DAVYLAMP_POD_NAME,
    podNamespace: data.DAVYLAMP_POD_NAMESPACE,
    directory: data.DAVYLAMP_RUN,
    tokenFile: data.DAVYLAMP_TOKEN_FILE,
    gatewayAbsenceSeconds: data.DAVYLAMP_GATEWAY_ABSENCE_SECONDS,
    gatewayAddress: data.DAVYLAMP_GATEWAY_ADDRESS,
    memoryLimitBytes: data.DAVYLAMP_MEMORY_LIMIT,
  };
}
