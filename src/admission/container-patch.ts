import type { Reason } from '../api/reasons.ts';
import type { DebuggerMode } from '../protocol/debugger-mode.ts';
import { PRELOAD_OPTION, RUN_DIRECTORY, SIDECAR_NAME } from './names.ts';
import type { Container } from './pod.ts';

/** One step of a JSON Patch (RFC 6902). */
export type PatchOperation = { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown };

/** Why the preload cannot be put into the container without overwriting something; undefined when it can. */
export function containerObstacle(container: Container): Reason | undefined {
  const nodeOptions = container.env?.findLast((variable) => variable.name === 'NODE_OPTIONS');
  if (nodeOptions === undefined) {
    // The value may come from any of the sources, which only the kubelet reads.
    if (container.envFrom !== undefined && container.envFrom.length > 0) return 'NodeOptionsNotMerged';
  } else if (nodeOptions.valueFrom !== undefined && nodeOptions.valueFrom !== null) {
    return 'NodeOptionsNotMerged';
  }
  const mounted = container.volumeMounts?.some(({ mountPath }) => isWithin(mountPath, RUN_DIRECTORY)) ?? false;
  return mounted ? 'InjectionConflict' : undefined;
}

/** The preload for one container: the shared directory, who it is, and NODE_OPTIONS appended to what is there. */
export function containerPatch(container: Container, index: number, mode: DebuggerMode): PatchOperation[] {
  const path = `/spec/containers/${index}`;
  const env = container.env ?? [];
  const position = env.findLastIndex((variable) => variable.name === 'NODE_OPTIONS');
  const before = env[position]?.value ?? '';
  const nodeOptions = before.trim() === '' ? PRELOAD_OPTION : `${before} ${PRELOAD_OPTION}`;
  const additions = [
    { name: 'DAVYLAMP_RUN', value: RUN_DIRECTORY },
    { name: 'DAVYLAMP_CONTAINER', value: container.name },
    // What the preload does by itself needs no saying.
    ...(mode === 'AfterStart' ? [] : [{ name: 'DAVYLAMP_DEBUGGER', value: mode }]),
    ...(position < 0 ? [{ name: 'NODE_OPTIONS', value: nodeOptions }] : []),
  ];
  return [
    ...(position < 0
      ? []
      : [
          {
            op: 'replace',
            path: `${path}/env/${position}`,
            value: { name: 'NODE_OPTIONS', value: nodeOptions },
          } as const,
        ]),
    ...append(`${path}/env`, container.env, additions),
    ...append(`${path}/volumeMounts`, container.volumeMounts, [
      { name: SIDECAR_NAME, mountPath: RUN_DIRECTORY, readOnly: true },
    ]),
  ];
}

/** Adds items behind those of a list, which need not be there yet. */
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
