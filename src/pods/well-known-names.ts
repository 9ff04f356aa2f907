/** The names that injection uses in a pod: part of the API, as users and other parts of Davylamp meet them there. */

/** Label on pod or namespace: `"true"` asks for the agent, `"false"` on a pod forbids it. */
export const INJECT_LABEL = 'davylamp.dev/inject';
/** Label on pod or namespace: `"false"` forbids to add an agent while the pod runs; the pod's wins. */
export const ATTACH_LABEL = 'davylamp.dev/attach';
/** Condition of a pod that was not injected: whether an agent looks into it. */
export const ATTACHED_CONDITION = 'davylamp.dev/Attached';
/** Kubernetes' annotation on a pod: the container that is meant when none is named. */
export const DEFAULT_CONTAINER_ANNOTATION = 'kubectl.kubernetes.io/default-container';
/** Kubernetes' annotation on the mirror of a static pod, which the kubelet starts from a file. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** Annotation on the pod: names of the containers to prepare, separated by commas; all of them without it. */
export const CONTAINERS_ANNOTATION = 'davylamp.dev/containers';
/** Annotation on the pod: when the debugger of its processes is enabled, one of {@link DEBUGGER_MODES}. */
export const DEBUGGER_ANNOTATION = 'davylamp.dev/debugger';
/**
 * Annotation on pod or namespace, `"true"` or `"false"`; the pod's wins. `"true"`: the images set NODE_OPTIONS themselves (`ENV` in a
 * Dockerfile), which a variable of the pod would replace. Then only containers whose `env` has NODE_OPTIONS are prepared.
 */
export const IMAGE_OPTIONS_ANNOTATION = 'davylamp.dev/image-node-options';
/** Label of the check pods of the chart, which show whether the agent's image can be pulled and runs. */
export const AGENT_CHECK_LABEL = 'davylamp.dev/agent-check';
/** Annotation that injection leaves on the pod: what it did, see {@link InjectionRecord}. */
export const INJECTION_ANNOTATION = 'davylamp.dev/injection';

/** Where agents dial the gateway. @param namespace of the operator. */
export const gatewayURL = (namespace: string): string => `wss://davylamp-gateway.${namespace}.svc:8443`;

/** Name of the sidecar and of the volume that it shares with the application. */
export const SIDECAR_NAME = 'davylamp';
export const TOKEN_VOLUME = 'davylamp-token';
export const RUN_DIRECTORY = '/run/davylamp';
export const TOKEN_DIRECTORY = '/var/run/secrets/davylamp.dev';
/** Variable that holds the application's NODE_OPTIONS where they come from a reference (`valueFrom`). */
export const REFERENCED_OPTIONS = 'DAVYLAMP_NODE_OPTIONS';
export const PRELOAD_OPTION = `--require=${RUN_DIRECTORY}/runtime/preload.cjs`;
