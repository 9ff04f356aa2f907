import { z } from 'zod';
import { objectMetaSchema } from '../api/kubernetes.ts';

/** On the operator's Deployment: every probe leaves every process for as long as it is there. Its value says why, for people. */
export const DISARM_ANNOTATION = 'davylamp.dev/disarm';

/** So much of the order is shown. */
export const MAX_ORDER_LENGTH = 200;

const rawDeploymentSchema = z.object({ metadata: objectMetaSchema });

/** The operator's own Deployment, as far as it concerns probes. */
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
 * Why every probe is to be out of every process; undefined when nothing speaks against probes. An operator outlives its Deployment by some
 * seconds, in which the objects of an uninstalled release go one after the other: what was taken out must not come back then.
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
