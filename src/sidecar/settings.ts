import * as z from 'zod/mini';
import { GATEWAY_ABSENCE_SECONDS, MAX_GATEWAY_ABSENCE_SECONDS } from '../protocol/gateway.ts';

const RUN_DIRECTORY = '/run/davylamp';

/** Where the application's containers look, also when the rest of the environment is not complete. */
export function runDirectory(environment: NodeJS.ProcessEnv): string {
  return environment.DAVYLAMP_RUN || RUN_DIRECTORY;
}

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
  };
}
