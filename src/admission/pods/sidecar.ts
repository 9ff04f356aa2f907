import { gatewayURL, RUN_DIRECTORY, SIDECAR_NAME, TOKEN_DIRECTORY, TOKEN_VOLUME } from '../../pods/well-known-names.ts';
import type { DebuggerMode } from '../../protocol/debugger-mode.ts';
import { GATEWAY_AUDIENCE } from '../../protocol/gateway-messages.ts';
import { READY_FILE } from '../../protocol/runtime-messages.ts';

export interface SidecarSettings {
  /** The operator's namespace, where the gateway is. */
  readonly namespace: string;
  /** Image of the agent. */
  readonly image: string;
  /** Certificate of the authority that the agent trusts, PEM. */
  readonly caPem: string;
  /** How long the agent keeps probes in place while it cannot reach the gateway. */
  readonly gatewayAbsenceSeconds: number;
  /** When the debugger of processes is enabled, unless their pod says otherwise. */
  readonly debugger?: DebuggerMode;
  readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets for the agent's image, by names that must exist in the namespace of the pod. */
  readonly pullSecrets?: readonly string[];
  /** Resources of the sidecar's container; {@link SIDECAR_RESOURCES} unless given. */
  readonly resources?: object;
  /** IP address of the gateway's Service, for pods that cannot resolve its name. */
  readonly gatewayAddress?: string;
}

/** The agent keeps below its memory limit by itself (src/sidecar/memory-watch.ts). */
export const SIDECAR_RESOURCES = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '250m', memory: '128Mi' } };

/** Where the ServiceAccount admission plugin mounts a token, unless the container already mounts something there. */
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The user of the agent when the user of the application is not known or is root. */
const FALLBACK_USER = 65532;

/** The agent as a native sidecar: starts before the application, ends after it, and passes the restricted Pod Security Standard. */
export function sidecar(settings: SidecarSettings, applicationUser: number | undefined): object {
  return {
    name: SIDECAR_NAME,
    image: settings.image,
    imagePullPolicy: settings.pullPolicy ?? 'IfNotPresent',
    restartPolicy: 'Always',
    env: [
      { name: 'DAVYLAMP_GATEWAY', value: gatewayURL(settings.namespace) },
      { name: 'DAVYLAMP_CA', value: settings.caPem },
      { name: 'DAVYLAMP_GATEWAY_ABSENCE_SECONDS', value: String(settings.gatewayAbsenceSeconds) },
      { name: 'DAVYLAMP_POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'DAVYLAMP_POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'DAVYLAMP_MEMORY_LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
      ...(settings.gatewayAddress === undefined
        ? []
        : [{ name: 'DAVYLAMP_GATEWAY_ADDRESS', value: settings.gatewayAddress }]),
    ],
    volumeMounts: [
      { name: SIDECAR_NAME, mountPath: RUN_DIRECTORY },
      { name: TOKEN_VOLUME, mountPath: TOKEN_DIRECTORY, readOnly: true },
      // Mounted here so that the API server does not mount the application's token, which the agent does not need.
      { name: TOKEN_VOLUME, mountPath: SERVICE_ACCOUNT_DIRECTORY, readOnly: true },
    ],
    // The application starts once this has succeeded, when the preload is in place. The supervisor makes the file within 10 s even if the
    // agent fails, and the probe waits longer than that, since restarting the container would only delay the application.
    startupProbe: {
      exec: { command: ['test', '-f', `${RUN_DIRECTORY}/${READY_FILE}`] },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 120,
    },
    resources: settings.resources ?? SIDECAR_RESOURCES,
    securityContext: {
      runAsNonRoot: true,
      // The application's user, so that both can use the socket whatever else the pod sets.
      runAsUser: applicationUser || FALLBACK_USER,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** What the sidecar shares with the application, and the token that only the sidecar sees. */
export function sidecarVolumes(): object[] {
  return [
    // In memory, the volume cannot exceed its limit, for which the kubelet would evict the pod, and a full disk of the node does no harm.
    { name: SIDECAR_NAME, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    {
      name: TOKEN_VOLUME,
      projected: {
        sources: [{ serviceAccountToken: { audience: GATEWAY_AUDIENCE, expirationSeconds: 3600, path: 'token' } }],
      },
    },
  ];
}
