import { hostname } from 'node:os';
import { z } from 'zod';
import { SIDECAR_RESOURCES } from '../admission/pods/sidecar.ts';
import { defaultPolicySpecSchema } from '../api/policy.ts';
import { defaultPolicy } from '../policy/default-policy.ts';
import type { PolicyView } from '../policy/policy-view.ts';
import { DEBUGGER_MODES, DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../protocol/debugger-mode.ts';
import { GATEWAY_ABSENCE_SECONDS, MAX_GATEWAY_ABSENCE_SECONDS } from '../protocol/gateway-messages.ts';
import { VERSION } from '../version.ts';

const port = (standard: number) => z.coerce.number().int().min(0).max(65_535).default(standard);

/** Names, separated by commas. */
const names = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((name) => name !== ''));

const flag = (standard: boolean) =>
  z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .default(standard);

const quantitiesSchema = z.record(z.string(), z.union([z.string(), z.number()]));
const resourcesSchema = z.strictObject({ requests: quantitiesSchema.optional(), limits: quantitiesSchema.optional() });

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
}

/**
 * The environment variables of the operator. The defaults are for `npm run dev`, where nothing but a kubeconfig is needed;
 * the chart sets what differs in a pod. A port of 0 takes any free one.
 */
const environmentSchema = z.object({
  DAVYLAMP_NAMESPACE: z.string().min(1).default('davylamp-system'),
  DAVYLAMP_POD_NAME: z.string().min(1).default(hostname()),
  DAVYLAMP_POD_IP: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  DAVYLAMP_DEPLOYMENT: z.string().min(1).optional(),
  DAVYLAMP_DISARM_SECONDS: z.coerce.number().int().min(1).max(3600).default(60),
  DAVYLAMP_AGENT_IMAGE: z.string().min(1).default(`localhost/davylamp-agent:${VERSION}`),
  DAVYLAMP_AGENT_CHECK: flag(false),
  DAVYLAMP_AGENT_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  DAVYLAMP_AGENT_PULL_SECRETS: names,
  DAVYLAMP_AGENT_RESOURCES: z.string().transform(parseJson).pipe(resourcesSchema).default(SIDECAR_RESOURCES),
  DAVYLAMP_EXCLUDED_NAMESPACES: names,
  DAVYLAMP_INJECTION: flag(true),
  DAVYLAMP_ATTACH: flag(true),
  DAVYLAMP_DEFAULT_POLICY: z.string().transform(parseJson).pipe(defaultPolicySpecSchema).optional(),
  DAVYLAMP_DEBUGGER: z.enum(DEBUGGER_MODES).default(DEFAULT_DEBUGGER_MODE),
  DAVYLAMP_GATEWAY_ABSENCE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_GATEWAY_ABSENCE_SECONDS)
    .default(GATEWAY_ABSENCE_SECONDS),
  DAVYLAMP_DRAIN_SECONDS: z.coerce.number().int().min(0).max(60).default(0),
  DAVYLAMP_AUDIT_FILE: z.string().startsWith('/', { error: 'must be an absolute path' }).optional(),
  DAVYLAMP_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  DAVYLAMP_GATEWAY_PORT: port(8443),
  DAVYLAMP_WEBHOOK_PORT: port(9443),
  DAVYLAMP_METRICS_PORT: port(9090),
});

export interface OperatorSettings {
  /** Namespace of the operator, with its Secret and Lease. */
  readonly namespace: string;
  readonly podName: string;
  /** Its own Deployment in that namespace; undefined outside a cluster. */
  readonly deployment: string | undefined;
  /** How long `operator.js disarm` waits. */
  readonly disarmSeconds: number;
  readonly podIP: string;
  readonly agentImage: string;
  /** Whether the chart has check pods, which show whether the agent's image runs. */
  readonly isAgentChecked: boolean;
  readonly agentPullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets for the agent's image, in the namespaces of injected pods. */
  readonly agentPullSecrets: readonly string[];
  readonly agentResources: object;
  /** Namespaces for which the webhook is not called, the operator's own included. */
  readonly excludedNamespaces: readonly string[];
  readonly isInjecting: boolean;
  /** Whether agents are added to running pods that were not injected. */
  readonly isAttaching: boolean;
  /** The policy that always governs. */
  readonly defaultPolicy: PolicyView;
  /** When the debugger of processes is enabled, unless their pod says otherwise. */
  readonly debuggerMode: DebuggerMode;
  /** How long agents keep probes in place while they cannot reach the gateway. */
  readonly gatewayAbsenceSeconds: number;
  /** How long the webhook goes on serving after SIGTERM. */
  readonly drainSeconds: number;
  /** Absolute path of the file to which records of the audit are appended, besides standard output; undefined for none. */
  readonly auditFile: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly gatewayPort: number;
  readonly webhookPort: number;
  readonly metricsPort: number;
}

/** @throws ZodError that names every variable that cannot be used. */
export function readSettings(environment: NodeJS.ProcessEnv): OperatorSettings {
  const read = environmentSchema.parse(environment);
  return {
    namespace: read.DAVYLAMP_NAMESPACE,
    podName: read.DAVYLAMP_POD_NAME,
    deployment: read.DAVYLAMP_DEPLOYMENT,
    disarmSeconds: read.DAVYLAMP_DISARM_SECONDS,
    podIP: read.DAVYLAMP_POD_IP,
    agentImage: read.DAVYLAMP_AGENT_IMAGE,
    isAgentChecked: read.DAVYLAMP_AGENT_CHECK,
    agentPullPolicy: read.DAVYLAMP_AGENT_PULL_POLICY,
    agentPullSecrets: read.DAVYLAMP_AGENT_PULL_SECRETS,
    agentResources: read.DAVYLAMP_AGENT_RESOURCES,
    excludedNamespaces: read.DAVYLAMP_EXCLUDED_NAMESPACES,
    isInjecting: read.DAVYLAMP_INJECTION,
    isAttaching: read.DAVYLAMP_ATTACH,
    defaultPolicy: defaultPolicy(read.DAVYLAMP_DEFAULT_POLICY),
    debuggerMode: read.DAVYLAMP_DEBUGGER,
    gatewayAbsenceSeconds: read.DAVYLAMP_GATEWAY_ABSENCE_SECONDS,
    drainSeconds: read.DAVYLAMP_DRAIN_SECONDS,
    auditFile: read.DAVYLAMP_AUDIT_FILE,
    logLevel: read.DAVYLAMP_LOG_LEVEL,
    gatewayPort: read.DAVYLAMP_GATEWAY_PORT,
    webhookPort: read.DAVYLAMP_WEBHOOK_PORT,
    metricsPort: read.DAVYLAMP_METRICS_PORT,
  };
}

/** Name of this replica in the Lease, with the address to which the other replicas redirect agents. */
export function replicaIdentity({ podName, podIP }: Pick<OperatorSettings, 'podName' | 'podIP'>): string {
  return `${podName}_${podIP}`;
}

/** The IP address in the identity of a replica; undefined when it has none. */
export function replicaAddress(identity: string | undefined): string | undefined {
  if (identity === undefined) return undefined;
  const address = identity.slice(identity.lastIndexOf('_') + 1);
  return address === '' || address === identity ? undefined : address;
}
