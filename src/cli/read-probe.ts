import { KINDS, type Probe, type ProbeKind, probeResource } from '../api/kinds.ts';
import { parseProbe } from '../api/parse-probe.ts';
import { isNotFound, isUnreachable } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { CommandError } from './exit.ts';

/** @throws CommandError if there is none of this name. */
export async function readProbe(client: KubeClient, kind: ProbeKind, namespace: string, name: string): Promise<Probe> {
  try {
    return parseProbe(kind, await client.get(probeResource(kind), { namespace, name }));
  } catch (error) {
    if (isUnreachable(error) || !isNotFound(error)) throw error;
    const { singular, plural } = KINDS[kind];
    throw new CommandError(
      `there is no ${singular} "${name}" in namespace ${namespace}; kubectl get ${plural} -A lists all`,
    );
  }
}
