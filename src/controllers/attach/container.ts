import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TARGET_VARIABLE } from '../../pods/attached-agent.ts';
import { gatewayURL } from '../../pods/well-known-names.ts';
import type { AttachTarget } from './target.ts';

/** What the container of every attached agent has beside its image; the same as the entry point of the image, without its supervisor. */
export const ATTACH_COMMAND = [
  'node',
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--expose-gc',
  '/app/agent.cjs',
];

/** Ephemeral containers have no memory limit; the agent keeps below this one by itself. */
const MEMORY_BYTES = 128 * 1024 * 1024;

/** The user of the first agent where nobody knows that of the target: it finds out and says so. */
const UNKNOWN_USER = 65532;

export interface AttachSettings {
  /** The operator's namespace, where the gateway is. */
  readonly namespace: string;
  /** Image of the agent. */
  readonly image: string;
  /** Certificate of the authority that the agent trusts, PEM. */
  readonly caPem: string;
  /** How long the agent keeps probes in place while it cannot reach the gateway. */
  readonly gatewayAbsenceSeconds: number;
  readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** IP address of the gateway's Service, for pods that cannot resolve its name. */
  readonly gatewayAddress?: string;
}

export interface AttachPlace {
  readonly podNamespace: string;
  readonly podName: string;
  /** Name of the agent's container. */
  readonly name: string;
  readonly target: AttachTarget;
  /** Processes that got SIGUSR1 from earlier agents of the pod. */
  readonly signalled: readonly string[];
}

/**
 * The agent as an ephemeral container. It passes the restricted Pod Security Standard unless the target is root itself. Nothing in it is
 * secret: its credential comes over the standard input.
 */
export function ephemeralContainer(
  settings: AttachSettings,
  { podNamespace, podName, name, target, signalled }: AttachPlace,
) {
  const { uid = UNKNOWN_USER, gid, capabilities } = target;
  const variables: Record<string, string | undefined> = {
    DAVYLAMP_GATEWAY: gatewayURL(settings.namespace),
    DAVYLAMP_CA: settings.caPem,
    DAVYLAMP_GATEWAY_ABSENCE_SECONDS: String(settings.gatewayAbsenceSeconds),
    DAVYLAMP_GATEWAY_ADDRESS: settings.gatewayAddress,
    DAVYLAMP_POD_NAME: podName,
    DAVYLAMP_POD_NAMESPACE: podNamespace,
    DAVYLAMP_MEMORY_LIMIT: String(MEMORY_BYTES),
    [TARGET_VARIABLE]: target.containerName,
    DAVYLAMP_TARGET_CONTAINER_ID: target.containerID,
    DAVYLAMP_SIGNALLED: signalled.length === 0 ? undefined : signalled.join(','),
  };
  return {
    name,
    image: settings.image,
    imagePullPolicy: settings.pullPolicy ?? 'IfNotPresent',
    targetContainerName: target.containerName,
    command: ATTACH_COMMAND,
    env: Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    stdin: true,
    stdinOnce: true,
    terminationMessagePolicy: 'File',
    securityContext: {
      runAsNonRoot: uid !== 0,
      runAsUser: uid,
      ...(gid !== undefined && { runAsGroup: gid }),
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: capabilities === undefined ? { drop: ['ALL'] } : capabilities,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

const ownSchema = z.strictObject({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: z.string().optional(),
  targetContainerName: z.string(),
  command: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string().default('') })),
  stdin: z.literal(true),
  stdinOnce: z.literal(true),
  resources: z.strictObject({}).optional(),
  terminationMessagePath: z.string().optional(),
  terminationMessagePolicy: z.string().optional(),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.unknown()).optional(),
});

const podSchema = z.object({
  spec: z.object({ ephemeralContainers: z.array(z.looseObject({ name: z.string() })).default([]) }),
});

/**
 * The names of the ephemeral containers of the pod, as the API server has it, that are as the operator itself makes them: only those get a
 * credential, and only what they said counts, since others who may add such containers could have given theirs any name. What admission adds
 * to them, such as volumes, is allowed.
 */
export function ownContainers(pod: unknown, settings: AttachSettings): ReadonlySet<string> {
  const { ephemeralContainers } = podSchema.parse(pod).spec;
  return new Set(ephemeralContainers.filter((one) => isOwn(one, settings)).map(({ name }) => name));
}

function isOwn(found: unknown, settings: AttachSettings): boolean {
  const parsed = ownSchema.safeParse(found);
  if (!parsed.success) return false;
  const { image, command, env } = parsed.data;
  const value = (wanted: string) => env.find(({ name }) => name === wanted)?.value;
  return (
    image === settings.image &&
    isDeepStrictEqual(command, ATTACH_COMMAND) &&
    env.every(({ name }) => name.startsWith('DAVYLAMP_')) &&
    value('DAVYLAMP_GATEWAY') === gatewayURL(settings.namespace) &&
    value('DAVYLAMP_CA') === settings.caPem
  );
}
