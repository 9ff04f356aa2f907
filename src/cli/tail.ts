import type { LogLine } from '../protocol/log-line.ts';
import { type ClusterOptions, withClient } from './cluster-options.ts';
import { type OutputFormat, terminalReporter } from './output.ts';
import { parseProbeName } from './probe-name.ts';
import { readProbe } from './read-probe.ts';
import { ResultTail } from './result-tail.ts';

export interface TailOptions extends ClusterOptions {
  readonly namespace?: string;
  readonly output: OutputFormat;
  readonly since: number;
  readonly follow: boolean;
}

/** Follows the results of the probe that the argument names, until there are no more or the program is to end. */
export async function tail(argument: string, options: TailOptions): Promise<void> {
  const { kind, name } = parseProbeName(argument);
  const controller = new AbortController();
  const end = (): void => controller.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    await withClient(options, async (client) => {
      const namespace = options.namespace ?? client.defaultNamespace;
      const probe = await readProbe(client, kind, namespace, name);
      const text = options.output === 'text' ? terminalReporter([process.cwd()]) : undefined;
      const print = (line: LogLine): void => {
        if (text === undefined) process.stdout.write(`${JSON.stringify(line)}\n`);
        else text.result(line);
      };
      const note = (message: string): void => void process.stderr.write(`davylamp: ${message}\n`);
      const { since: sinceSeconds, follow } = options;
      await new ResultTail(client, probe, { sinceSeconds, follow, print, note }).run(controller.signal);
    });
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}
