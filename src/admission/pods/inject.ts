import type { Reason } from '../../api/reasons.ts';
import type { InjectionRecord } from '../../pods/injection-record.ts';
import {
  CONTAINERS_ANNOTATION,
  DEBUGGER_ANNOTATION,
  IMAGE_OPTIONS_ANNOTATION,
  INJECT_LABEL,
  INJECTION_ANNOTATION,
  MIRROR_ANNOTATION,
  SIDECAR_NAME,
  TOKEN_VOLUME,
} from '../../pods/well-known-names.ts';
import { DEBUGGER_MODES, DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../../protocol/debugger-mode.ts';
import {
  append,
  containerObstacle,
  containerPatch,
  createsNodeOptions,
  type PatchOperation,
} from './container-patch.ts';
import type { Container, Pod } from './pod.ts';
import { type SidecarSettings, sidecar, sidecarVolumes } from './sidecar.ts';

export interface Injection {
  /** Empty when the pod is to stay as it is. */
  readonly patch: readonly PatchOperation[];
  readonly skipped: InjectionRecord['skipped'];
}

type Labels = Readonly<Record<string, string>> | undefined;

/** What is known of the namespace of a pod. */
export interface PodNamespace {
  readonly labels?: Labels;
  readonly annotations?: Labels;
}

/** `image` is undefined while no image of the agent is known to run. */
export type InjectionSettings = Omit<SidecarSettings, 'image'> & { readonly image: string | undefined };

const NOTHING: Injection = { patch: [], skipped: [] };

/**
 * What to add to a new pod, and which of its containers cannot be prepared. Pure and idempotent: a pod that is injected gets nothing.
 * When no container can be prepared, the pod gets only the annotation that says so, and no agent.
 */
export function inject(pod: Pod, namespace: PodNamespace, settings: InjectionSettings): Injection {
  if (!isWanted(pod, namespace.labels) || isInjected(pod) || isStatic(pod)) return NOTHING;
  const { chosen, missing } = chooseContainers(pod);
  const { image } = settings;
  const podObstacle = obstacle(pod, image);
  const inImage = hasImageOptions(pod.metadata.annotations, namespace.annotations);
  const skipped = [...missing];
  const prepared: { container: Container; index: number }[] = [];
  for (const { container, index } of chosen) {
    const reason = podObstacle ?? containerObstacle(container, inImage);
    if (reason === undefined) prepared.push({ container, index });
    else skipped.push({ container: container.name, reason });
  }
  const names = (some: typeof prepared): string[] => some.map(({ container }) => container.name);
  const created = names(prepared.filter(({ container }) => createsNodeOptions(container)));
  const record: InjectionRecord = { version: 1, containers: names(prepared), created, skipped };
  const [first] = prepared;
  if (first === undefined || image === undefined) return { patch: annotate(pod, record), skipped };
  const user = first.container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser ?? undefined;
  const mode = debuggerMode(pod) ?? settings.debugger ?? DEFAULT_DEBUGGER_MODE;
  return {
    patch: [
      ...annotate(pod, record),
      ...append('/spec/volumes', pod.spec.volumes, sidecarVolumes()),
      ...pullSecrets(pod, settings.pullSecrets ?? []),
      ...prepend('/spec/initContainers', pod.spec.initContainers, sidecar({ ...settings, image }, user)),
      ...prepared.flatMap(({ container, index }) => containerPatch(container, index, mode)),
    ],
    skipped,
  };
}

/** Adds missing pull secrets. Those of the ServiceAccount are in the pod already: its admission plugin runs before webhooks. */
function pullSecrets(pod: Pod, names: readonly string[]): PatchOperation[] {
  const { imagePullSecrets } = pod.spec;
  const missing = names.filter((name) => !imagePullSecrets?.some((secret) => secret.name === name));
  if (missing.length === 0) return [];
  return append(
    '/spec/imagePullSecrets',
    imagePullSecrets,
    missing.map((name) => ({ name })),
  );
}

function debuggerMode(pod: Pod): DebuggerMode | undefined {
  const requested = pod.metadata.annotations?.[DEBUGGER_ANNOTATION];
  return DEBUGGER_MODES.find((mode) => mode === requested);
}

function isWanted(pod: Pod, namespaceLabels: Labels): boolean {
  const requested = pod.metadata.labels?.[INJECT_LABEL];
  if (requested === 'true') return true;
  return requested !== 'false' && namespaceLabels?.[INJECT_LABEL] === 'true';
}

function isInjected(pod: Pod): boolean {
  return (
    pod.metadata.annotations?.[INJECTION_ANNOTATION] !== undefined ||
    (pod.spec.initContainers?.some(({ name }) => name === SIDECAR_NAME) ?? false)
  );
}

/** Whether it is the mirror of a static pod: the kubelet has started that from a file, and no patch reaches it. */
function isStatic(pod: Pod): boolean {
  return pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined;
}

/** Why the pod can have no agent, whatever its containers; undefined when it can. */
function obstacle(pod: Pod, image: string | undefined): Reason | undefined {
  if (image === undefined) return 'AgentImageNotRunning';
  return takesOurNames(pod) ? 'InjectionConflict' : undefined;
}

/** Whether the images set NODE_OPTIONS; the pod's annotation wins over the namespace's. */
function hasImageOptions(pod: Labels, namespace: Labels): boolean {
  return (pod?.[IMAGE_OPTIONS_ANNOTATION] ?? namespace?.[IMAGE_OPTIONS_ANNOTATION]) === 'true';
}

/** Whether the pod has a container or volume of its own with a name that injection uses. */
function takesOurNames(pod: Pod): boolean {
  return (
    pod.spec.containers.some(({ name }) => name === SIDECAR_NAME) ||
    (pod.spec.volumes?.some(({ name }) => name === SIDECAR_NAME || name === TOKEN_VOLUME) ?? false)
  );
}

function chooseContainers(pod: Pod): {
  chosen: { container: Container; index: number }[];
  missing: InjectionRecord['skipped'];
} {
  const all = pod.spec.containers.map((container, index) => ({ container, index }));
  const names = pod.metadata.annotations?.[CONTAINERS_ANNOTATION]?.split(',').map((name) => name.trim());
  const wanted = new Set(names?.filter((name) => name !== ''));
  if (wanted.size === 0) return { chosen: all, missing: [] };
  const chosen = all.filter(({ container }) => wanted.delete(container.name));
  return { chosen, missing: [...wanted].map((container) => ({ container, reason: 'ContainerNotFound' })) };
}

function annotate(pod: Pod, record: InjectionRecord): PatchOperation[] {
  const value = JSON.stringify(record);
  if (pod.metadata.annotations === undefined) {
    return [{ op: 'add', path: '/metadata/annotations', value: { [INJECTION_ANNOTATION]: value } }];
  }
  return [{ op: 'add', path: `/metadata/annotations/${INJECTION_ANNOTATION.replace('/', '~1')}`, value }];
}

function prepend(path: string, existing: readonly unknown[] | undefined, item: unknown): PatchOperation[] {
  if (existing === undefined) return [{ op: 'add', path, value: [item] }];
  return [{ op: 'add', path: `${path}/0`, value: item }];
}
