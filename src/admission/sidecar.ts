import { RUN_DIRECTORY, SIDECAR_NAME, TOKEN_DIRECTORY, TOKEN_VOLUME } from '../pods/well-known-names.ts';
import type { DebuggerMode } from '../protocol/debugger-mode.ts';
import { GATEWAY_AUDIENCE } from '../protocol/gateway-messages.ts';
import { READY_FILE } from '../protocol/runtime-messages.ts';

export interface SidecarSettings {
  /** The operator's namespace, where the gateway is. */
  readonly namespace: string;
  /** Image of the agent. */
  readonly image: string;
  /** Certificate of the authority that the agent trusts, PEM. */
  readonly caPem: string;
  /** How long the agent keeps probes in place while it cannot reach the gateway. */
  readonly gatewayAbsenceSeconds: number;
  /** When the debugger of processes is enabled whose pod does not say it. */
  readonly debugger?: DebuggerMode;
  readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets for the agent's image, by names that must exist in the namespace of the pod. */
  readonly pullSecrets?: readonly string[];
  /** Of the sidecar; {@link SIDECAR_RESOURCES} unless given. */
  readonly resources?: object;
  /** Of the gateway's Service, for pods that cannot resolve its name. */
  readonly gatewayAddress?: string;
}

/** The agent keeps below its memory limit by itself (src/sidecar/memory-watch.ts). */
export const SIDECAR_RESOURCES = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '250m', memory: '128Mi' } };

/** Where the API server's ServiceAccount admission mounts a token unless something is mounted there. */
const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The user of the agent when that of the application is not known, or is root. */
const FALLBACK_USER = 65532;

/** The agent as a native sidecar: starts before the application, ends after it, and passes the restricted Pod Security Standard. */
export function sidecar(settings: SidecarSettings, applicationUser: number | undefined): object {
  return {
    name: SIDECAR_NAME,
    image: settings.image,
    imagePullPolicy: settings.pullPolicy ?? 'IfNotPresent',
    restartPolicy: 'Always',
    env: [
      { name: 'DAVYLAMP_GATEWAY', value: `wss://davylamp-gateway.${settings.namespace}.svc:8443` },
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
      // Takes the place where the API server would mount the application's own token, which the agent has no use for.
      { name: TOKEN_VOLUME, mountPath: SERVICE_ACCOUNT_DIRECTORY, readOnly: true },
    ],
    // The application starts after this, and so with the preload in place. The supervisor sees to it within 10 s, whatever the
    // agent does; a container that was started anew because of this would only take longer.
    startupProbe: {
      exec: { command: ['test', '-f', `${RUN_DIRECTORY}/${READY_FILE}`] },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 120,
    },
    resources: settings.resources ?? SIDECAR_RESOURCES,
    securityContext: {
      runAsNonRoot: true,
      // The application's own user, so that both may use the socket whatever the rest of the pod says.
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
    // In memory it cannot grow above its size, for which the kubelet would evict the pod; and a full disk of the node stops nothing.
    { name: SIDECAR_NAME, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    {
      name: TOKEN_VOLUME,
      projected: {
        sources: [{ serviceAccountToken: { audience: GATEWAY_AUDIENCE, expirationSeconds: 3600, path: 'token' } }],
      },
    },
  ];
}
