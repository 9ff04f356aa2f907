import type { Reason } from '../../api/reasons.ts';
import { PRELOAD_OPTION, REFERENCED_OPTIONS, RUN_DIRECTORY, SIDECAR_NAME } from '../../pods/well-known-names.ts';
import { DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../../protocol/debugger-mode.ts';
import { isComplete, isEmpty } from './node-options.ts';
import type { Container } from './pod.ts';

/** One step of a JSON Patch (RFC 6902). */
export type PatchOperation = { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

/**
 * Why the preload cannot be put into the container without overwriting something; undefined when it can.
 * @param inImage whether an annotation of pod or namespace says that the image sets NODE_OPTIONS, which the pod itself does not show.
 */
export function containerObstacle(container: Container, inImage: boolean): Reason | undefined {
  const nodeOptions = container.env?.findLast((variable) => variable.name === 'NODE_OPTIONS');
  if (nodeOptions === undefined) {
    // NODE_OPTIONS may come from one of the sources, which only the kubelet reads.
    if (container.envFrom !== undefined && container.envFrom.length > 0) return 'NodeOptionsNotMerged';
    if (inImage) return 'NodeOptionsInImage';
  } else if (isReference(nodeOptions)) {
    if (!isCertain(nodeOptions.valueFrom)) return 'NodeOptionsNotMerged';
  } else if (!isComplete(nodeOptions.value ?? '')) {
    return 'NodeOptionsNotMerged';
  }
  const mounted = container.volumeMounts?.some(({ mountPath }) => isWithin(mountPath, RUN_DIRECTORY)) ?? false;
  return mounted ? 'InjectionConflict' : undefined;
}

/** Whether the container has no NODE_OPTIONS in the pod, so that the injected ones replace any of its image. */
export function createsNodeOptions(container: Container): boolean {
  return container.env?.some((variable) => variable.name === 'NODE_OPTIONS') !== true;
}

/**
 * The preload for one container: the shared volume, the container's name, and the preload appended to its NODE_OPTIONS. If those come from a
 * reference, it moves to a variable of another name, whose value the kubelet inserts in front of the preload.
 */
export function containerPatch(container: Container, index: number, mode: DebuggerMode): PatchOperation[] {
  const path = `/spec/containers/${index}`;
  const env = container.env ?? [];
  const position = env.findLastIndex((variable) => variable.name === 'NODE_OPTIONS');
  const existing = env[position];
  const reference = existing !== undefined && isReference(existing) ? existing.valueFrom : undefined;
  const before = reference === undefined ? (existing?.value ?? '') : `$(${REFERENCED_OPTIONS})`;
  const nodeOptions = { name: 'NODE_OPTIONS', value: isEmpty(before) ? PRELOAD_OPTION : `${before} ${PRELOAD_OPTION}` };
  const additions = [
    { name: 'DAVYLAMP_RUN', value: RUN_DIRECTORY },
    { name: 'DAVYLAMP_CONTAINER', value: container.name },
    // The default needs no variable.
    ...(mode === DEFAULT_DEBUGGER_MODE ? [] : [{ name: 'DAVYLAMP_DEBUGGER', value: mode }]),
    ...(position < 0 ? [nodeOptions] : []),
  ];
  return [
    ...(position < 0 ? [] : replaceOptions(`${path}/env`, position, nodeOptions, reference)),
    ...append(`${path}/env`, container.env, additions),
    ...append(`${path}/volumeMounts`, container.volumeMounts, [
      { name: SIDECAR_NAME, mountPath: RUN_DIRECTORY, readOnly: true },
    ]),
  ];
}

/** Replaces NODE_OPTIONS at their place in the list: variables behind them may refer to them. */
function replaceOptions(path: string, position: number, nodeOptions: object, reference: unknown): PatchOperation[] {
  if (reference === undefined) return [{ op: 'replace', path: `${path}/${position}`, value: nodeOptions }];
  return [
    { op: 'replace', path: `${path}/${position}`, value: { name: REFERENCED_OPTIONS, valueFrom: reference } },
    { op: 'add', path: `${path}/${position + 1}`, value: nodeOptions },
  ];
}

function isReference({ valueFrom }: { valueFrom?: unknown }): boolean {
  return valueFrom !== undefined && valueFrom !== null;
}

/** Whether the container only starts if the reference has a value. False for kinds of references that are not known here. */
function isCertain(reference: unknown): boolean {
  if (typeof reference !== 'object' || reference === null) return false;
  const sources = Object.entries(reference).filter(([, source]) => source !== undefined && source !== null);
  const [source] = sources;
  if (source === undefined || sources.length !== 1) return false;
  const [kind, content] = source;
  if (kind === 'fieldRef' || kind === 'resourceFieldRef') return true;
  return (kind === 'configMapKeyRef' || kind === 'secretKeyRef') && content.optional !== true;
}

/** Appends items to a list, which is made if it is absent. */
export function append(
  path: string,
  existing: readonly unknown[] | undefined,
  items: readonly unknown[],
): PatchOperation[] {
  if (existing === undefined) return [{ op: 'add', path, value: items }];
  return items.map((value) => ({ op: 'add', path: `${path}/-`, value }));
}

function isWithin(path: string, directory: string): boolean {
  const plain = path
    .replace(/\/+/g, '/')
    .replace(/\/$/, '')
    .replace(/^\/var\/run\//, '/run/');
  return plain === directory || plain.startsWith(`${directory}/`);
}
