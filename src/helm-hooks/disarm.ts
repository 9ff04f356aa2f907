import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { conditionOf, conditionSchema } from '../api/conditions.ts';
import { PROBE_KINDS, type ProbeKind, probeResource } from '../api/kinds.ts';
import type { Reason } from '../api/reasons.ts';
import { DISARM_ANNOTATION, MAX_ORDER_LENGTH } from '../controllers/own-deployment.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { DEPLOYMENTS } from '../kube/resource.ts';

/** `operator.js disarm`: what the chart runs before it uninstalls the operator. */

export interface DisarmOptions {
  readonly client: KubeClient;
  /** Namespace and name of the operator's Deployment. */
  readonly namespace: string;
  readonly deployment: string;
  /** The reason, as the status of every probe shows it. Unlike every earlier order, so that an answer to one of those does not count. */
  readonly order: string;
  /** How long to wait for the operator. */
  readonly seconds: number;
  say(line: string): void;
}

const POLL_MILLISECONDS = 250;
const LONGEST_POLL_MILLISECONDS = 3_000;
/** Probes that are named at the end; the others are only counted. */
const MAX_NAMED = 20;
/** Reasons with which a probe is to be in no process, with or without the order. */
const OVER: readonly string[] = [
  'Expired',
  'HitLimitReached',
  'ExpressionInvalid',
  'SideEffectRefused',
] satisfies Reason[];

const probeSchema = z.object({
  kind: z.string().optional(),
  metadata: z.object({ namespace: z.string(), name: z.string(), generation: z.number() }),
  status: z
    .object({ observedGeneration: z.number().optional(), conditions: z.array(conditionSchema).optional() })
    .optional(),
});

/**
 * Orders that every probe leaves every process, and waits until the status of each says that it has. The order is an annotation of the
 * operator's Deployment: every replica obeys it, also one that starts later, and it is deleted with the Deployment.
 * @returns a line for each probe that is not known to be out when the time is up; empty when all are out.
 */
export async function disarm(options: DisarmOptions): Promise<string[]> {
  const { client, namespace, deployment, order, seconds, say } = options;
  const end = performance.now() + seconds * 1000;
  let isOrdered = false;
  for (let attempt = 0; ; attempt += 1) {
    let left: string[];
    try {
      if (!isOrdered) {
        const body = { metadata: { annotations: { [DISARM_ANNOTATION]: order } } };
        await client.mergePatch(DEPLOYMENTS, { namespace, name: deployment }, body);
        isOrdered = true;
        say(`every probe is to leave every process: ${order}`);
      }
      left = await unclean(client, order);
    } catch (error) {
      if (!isOrdered && isNotFound(error)) {
        say(`there is no Deployment ${namespace}/${deployment}, and so nobody to take probes out`);
        return [];
      }
      // The API server may be restarting, so it is asked again.
      left = [`the API server could not be asked: ${error instanceof Error ? error.message : String(error)}`];
    }
    if (left.length === 0 || performance.now() >= end) return left;
    // Statuses can be large and the last ones can take long, so the polls become rarer.
    await delay(Math.min(LONGEST_POLL_MILLISECONDS, POLL_MILLISECONDS * (1 + attempt)));
  }
}

async function unclean(client: KubeClient, order: string): Promise<string[]> {
  const left: string[] = [];
  for (const kind of PROBE_KINDS) {
    try {
      for await (const { items } of client.pages(probeResource(kind)))
        left.push(...items.flatMap(linesOf(kind, order)));
    } catch (error) {
      // Without the CRD there are no objects of the kind.
      if (!isNotFound(error)) throw error;
    }
  }
  return left;
}

const linesOf =
  (kind: ProbeKind, order: string) =>
  (item: unknown): string[] => {
    const { data } = probeSchema.safeParse(item);
    if (data === undefined) return [`${kind}: one that cannot be read`];
    const why = whyUnclean(data, order);
    return why === undefined ? [] : [`${kind} ${data.metadata.namespace}/${data.metadata.name}: ${why}`];
  };

function whyUnclean({ metadata, status }: z.infer<typeof probeSchema>, order: string): string | undefined {
  const armed = conditionOf(status?.conditions, 'Armed');
  const isAnswer =
    armed?.reason === ('AllDisarmed' satisfies Reason)
      ? armed.message.includes(`(${order.slice(0, MAX_ORDER_LENGTH)})`)
      : OVER.includes(armed?.reason ?? '');
  if (armed === undefined || status?.observedGeneration !== metadata.generation || !isAnswer) {
    return 'the operator has not answered';
  }
  return conditionOf(status?.conditions, 'Reconciling')?.status === 'False' ? undefined : armed.message;
}

/** Lines for the log of the job. The uninstallation goes on whatever is left: those probes are removed by their processes in time. */
export function reportOf(left: readonly string[]): string[] {
  if (left.length === 0) return ['every probe is out of every process'];
  const named = left.slice(0, MAX_NAMED).map((line) => `  ${line}`);
  const more = left.length > MAX_NAMED ? [`  and ${left.length - MAX_NAMED} more`] : [];
  return [
    'time is up; these are not known to be out of every process:',
    ...named,
    ...more,
    'their agents take them out after agent.gatewayAbsenceSeconds without the operator, and every process at their expiry',
  ];
}
