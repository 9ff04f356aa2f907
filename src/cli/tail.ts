import { KINDS, type Probe, probeResource } from '../api/kinds.ts';
import { isNotFound, isUnreachable } from '../kube/api-error.ts';
import { KubeClient } from '../kube/client.ts';
import type { LogLine } from '../protocol/log-line.ts';
import { CommandError } from './exit.ts';
import { type OutputFormat, terminalReporter } from './output.ts';
import { parseProbeName } from './probe-name.ts';
import { ResultTail } from './result-tail.ts';

export interface TailOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly output: OutputFormat;
  readonly since: number;
  readonly follow: boolean;
}

/** Follows the results of the probe that the argument names, until there are no more or the program is to end. */
export async function tail(argument: string, options: TailOptions): Promise<void> {
  const { kind, name } = parseProbeName(argument);
  const { kubeconfig, context } = options;
  const client = KubeClient.fromDefault({ kubeconfig, context, userAgent: 'davylamp-cli' });
  const controller = new AbortController();
  const end = (): void => controller.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    const namespace = options.namespace ?? client.defaultNamespace;
    const probe = await readProbe(client, kind, namespace, name);
    const text = options.output === 'text' ? terminalReporter([process.cwd()]) : undefined;
    const print = (line: LogLine): void => {
      if (text === undefined) process.stdout.write(`${JSON.stringify(line)}\n`);
      else text.result(line);
    };
    const note = (message: string): void => void process.stderr.write(`davylamp: ${message}\n`);
    await new ResultTail(client, probe, { sinceSeconds: options.since, follow: options.follow, print, note }).run(
      controller.signal,
    );
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
    await client.close();
  }
}

async function readProbe(client: KubeClient, kind: Probe['kind'], namespace: string, name: string): Promise<Probe> {
  try {
    return KINDS[kind].schema.parse(await client.get(probeResource(kind), { namespace, name }));
  } catch (error) {
    if (isUnreachable(error) || !isNotFound(error)) throw error;
    const { singular, plural } = KINDS[kind];
    throw new CommandError(
      `there is no ${singular} "${name}" in namespace ${namespace}; kubectl get ${plural} -A lists all`,
    );
  }
}
