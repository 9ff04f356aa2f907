import { z } from 'zod';
import { objectMetaSchema } from '../api/kubernetes.ts';

/** Annotation on the operator's Deployment: as long as it is there, no probe is in any process. Its value says why, for people. */
export const DISARM_ANNOTATION = 'davylamp.dev/disarm';

/** UTF-16 units of the order that are shown. */
export const MAX_ORDER_LENGTH = 200;

const rawDeploymentSchema = z.object({ metadata: objectMetaSchema });

/** The members of the operator's own Deployment that concern probes. */
export interface OwnDeployment {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
  };
  /** Value of {@link DISARM_ANNOTATION}. */
  readonly disarm?: string;
}

/** @throws ZodError when it is no object of the API. */
export function parseOwnDeployment(raw: unknown): OwnDeployment {
  const { namespace, name, uid, resourceVersion, deletionTimestamp, annotations } =
    rawDeploymentSchema.parse(raw).metadata;
  return {
    metadata: { namespace, name, uid, resourceVersion, deletionTimestamp },
    disarm: annotations?.[DISARM_ANNOTATION],
  };
}

/**
 * Why every probe is to be out of every process; undefined when probes may be armed. Also while the Deployment is missing or being deleted:
 * the operator outlives it by some seconds, in which probes that were removed for an uninstallation must not come back.
 */
export function disarmOrder(deployment: OwnDeployment | undefined): string | undefined {
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) {
    return "the operator's Deployment has been deleted";
  }
  const { disarm } = deployment;
  return disarm === undefined || disarm === 'false'
    ? undefined
    : disarm.slice(0, MAX_ORDER_LENGTH) || 'without a reason given';
}
