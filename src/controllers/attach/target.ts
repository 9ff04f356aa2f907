import { z } from 'zod';
import { type AttachedAgent, ephemeralContainersSchema, ephemeralStatusesSchema } from '../../pods/attached-agent.ts';
import { parseTermination } from './termination.ts';

const capabilities = z.array(z.string()).nullish();
const securityContext = z
  .object({
    runAsUser: z.int().nullish(),
    runAsGroup: z.int().nullish(),
    runAsNonRoot: z.boolean().nullish(),
    privileged: z.boolean().nullish(),
    capabilities: z.object({ add: capabilities, drop: capabilities }).nullish(),
  })
  .nullish();

/** The pod as the API server has it, as far as adding an agent needs it. */
export const attachPodSchema = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({
    shareProcessNamespace: z.boolean().optional(),
    containers: z.array(z.object({ name: z.string(), securityContext })),
    initContainers: z.array(z.object({ name: z.string() })).nullish(),
    ephemeralContainers: ephemeralContainersSchema,
    securityContext,
  }),
  status: z.object({
    phase: z.string().optional(),
    containerStatuses: z
      .array(
        z.object({
          name: z.string(),
          containerID: z.string().optional(),
          state: z.object({ running: z.unknown().optional() }).optional(),
          user: z.object({ linux: z.object({ uid: z.int(), gid: z.int() }).optional() }).optional(),
        }),
      )
      .optional(),
    ephemeralContainerStatuses: ephemeralStatusesSchema,
  }),
});
export type AttachPod = z.infer<typeof attachPodSchema>;

/** What the agent's container must have in common with the container that it enters. */
export interface AttachTarget {
  readonly containerName: string;
  /** Undefined where only the image knows. */
  readonly uid?: number;
  readonly gid?: number;
  /** Of a process that is root, without which the kernel does not let its agent look into it; undefined for other users. */
  readonly capabilities?: { readonly add?: readonly string[] | null; readonly drop?: readonly string[] | null };
  /** Id of the container in the runtime, where the pod's containers see each other's processes. */
  readonly containerID?: string;
}

/** No agent can enter the container now. `isPassing`: it may be able to in a moment. */
export class NotEnterable extends Error {
  readonly isPassing: boolean;

  constructor(message: string, isPassing: boolean) {
    super(message);
    this.isPassing = isPassing;
  }
}

/**
 * Who the agent must be to enter the container: its user by the pod's spec, by its status, or by what an earlier agent found out.
 * @param agents the earlier agents of the pod that this operator itself has added.
 * @throws NotEnterable
 */
export function attachTarget(
  { spec, status }: AttachPod,
  containerName: string,
  agents: readonly AttachedAgent[],
): AttachTarget {
  const container = spec.containers.find(({ name }) => name === containerName);
  const its = status.containerStatuses?.find(({ name }) => name === containerName);
  if (container === undefined || its?.state?.running === undefined) {
    throw new NotEnterable(`Container ${containerName} is not running, so there is nothing to enter yet.`, true);
  }
  const own = container.securityContext;
  const ofPod = spec.securityContext;
  if (own?.privileged === true) {
    throw new NotEnterable(
      `Container ${containerName} is privileged; such a one is never entered while it runs.`,
      false,
    );
  }
  const asked = agents.findLast(({ target }) => target === containerName)?.termination;
  const isNonRoot = own?.runAsNonRoot ?? ofPod?.runAsNonRoot ?? false;
  const told = parseTermination(asked)?.user;
  const known = own?.runAsUser ?? ofPod?.runAsUser ?? its.user?.linux?.uid;
  // A process of the target may have written it, so it never makes a root of an agent whose target need not be root.
  const mayBeRoot = !isNonRoot && (known === undefined || known === 0);
  const found = told?.uid === 0 && !mayBeRoot ? undefined : told;
  const uid = found?.uid ?? known;
  const gid = found?.gid ?? own?.runAsGroup ?? ofPod?.runAsGroup ?? its.user?.linux?.gid;
  return {
    containerName,
    uid,
    gid,
    capabilities: uid === 0 ? (own?.capabilities ?? {}) : undefined,
    // `containerd://ID`
    containerID: spec.shareProcessNamespace === true ? its.containerID?.replace(/^.*:\/\//, '') : undefined,
  };
}
