import { z } from 'zod';
import { API_VERSION } from '../api/kinds.ts';
import { policyStatusSchema } from '../api/policy.ts';
import { policyResource } from '../api/resources.ts';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { type ClusterOptions, withClient } from './cluster-options.ts';
import { CommandError, EXIT } from './exit.ts';
import type { OutputFormat } from './output.ts';

export interface StopOptions extends ClusterOptions {
  readonly namespace?: string;
  readonly all: boolean;
  readonly reason: string;
  readonly lift: boolean;
  readonly timeout: number;
  readonly output: OutputFormat;
}

/** Name of the policy that this command makes, in a namespace or for the cluster. */
export const STOP_POLICY = 'davylamp-stop';
const LOOK_MS = 200;

const policySchema = z.object({
  metadata: z.object({ generation: z.int() }),
  status: policyStatusSchema.optional(),
});

interface Scope {
  readonly kind: 'InstrumentationPolicy' | 'ClusterInstrumentationPolicy';
  readonly namespace?: string;
  /** `namespace shop`, `the cluster`. */
  readonly text: string;
}

/** Writes or deletes the policy; after writing it waits until the operator says that the last process is clean. */
export async function stop(options: StopOptions): Promise<void> {
  const scope = scopeOf(options);
  await withClient(options, (client) => (options.lift ? lift(client, scope, options) : halt(client, scope, options)));
}

function scopeOf({ namespace, all }: StopOptions): Scope {
  if ((namespace === undefined) === !all) throw new CommandError('give either --namespace NAME or --all', EXIT.usage);
  if (namespace === undefined) return { kind: 'ClusterInstrumentationPolicy', text: 'the cluster' };
  return { kind: 'InstrumentationPolicy', namespace, text: `namespace ${namespace}` };
}

async function lift(client: KubeClient, { kind, namespace, text }: Scope, { output }: StopOptions): Promise<void> {
  try {
    await client.delete(policyResource(kind), { namespace, name: STOP_POLICY });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new CommandError(
      `there is no ${kind} ${STOP_POLICY} in ${text}, so nothing is stopped by this command; kubectl get dpol,dcpol -A shows what else holds probes`,
    );
  }
  tell(output, { lifted: true, scope: text }, `✓ ${kind} ${STOP_POLICY} is gone: probes of ${text} come back`);
}

/** The object that stops every probe it is about. */
export function stopPolicy(kind: Scope['kind'], reason: string): object {
  return { apiVersion: API_VERSION, kind, metadata: { name: STOP_POLICY }, spec: { stopped: { reason } } };
}

async function halt(client: KubeClient, scope: Scope, { reason, timeout, output }: StopOptions): Promise<void> {
  const { kind, namespace, text } = scope;
  const resource = policyResource(kind);
  const ref = { namespace, name: STOP_POLICY };
  await client.apply(resource, ref, stopPolicy(kind, reason), { fieldManager: 'kubectl-davylamp', force: true });
  const begin = performance.now();
  let told: number | undefined;
  while (performance.now() - begin < timeout * 1000) {
    const { metadata, status } = policySchema.parse(await client.get(resource, ref));
    const { stop: state, observedGeneration } = status ?? {};
    if (observedGeneration === metadata.generation && state?.lastCleanTime !== undefined && state.processes === 0) {
      const message = `✓ no process of ${text} has a probe, since ${state.lastCleanTime}; kubectl davylamp stop --lift lets them in again`;
      tell(output, { stopped: true, scope: text, lastCleanTime: state.lastCleanTime }, message);
      return;
    }
    if (state !== undefined && state.processes !== told) {
      told = state.processes;
      process.stderr.write(`${told} ${told === 1 ? 'process has' : 'processes may have'} a probe\n`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new CommandError(
    `the policy is there, and after ${timeout} s the operator has not said that ${text} is clean${told === undefined ? ': is it running?' : `: ${told} processes may still have a probe; agents that are away take theirs out by themselves`}`,
  );
}

function tell(output: OutputFormat, json: object, text: string): void {
  process.stdout.write(`${output === 'json' ? JSON.stringify(json) : text}\n`);
}
