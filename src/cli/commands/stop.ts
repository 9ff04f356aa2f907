import { Command } from 'commander';
import { outputOption, positiveInteger } from '../output.ts';
import type { StopOptions } from '../stop.ts';

export function stopCommand(): Command {
  return new Command('stop')
    .description('Take every probe out of every process, and hold new ones until that is lifted.')
    .option('-n, --namespace <namespace>', 'in this namespace')
    .option('-A, --all', 'in the whole cluster', false)
    .option('--reason <text>', 'why, as everybody is told whose probes are held', 'stopped by kubectl davylamp stop')
    .option('--lift', 'let probes in again', false)
    .option('--timeout <seconds>', 'how long to wait until the last process is clean', positiveInteger, 60)
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .addOption(outputOption())
    .action(async (options: StopOptions) => {
      // The client of Kubernetes is most of the program, for which the other commands need not wait.
      const { stop } = await import('../stop.ts');
      await stop(options);
    });
}
