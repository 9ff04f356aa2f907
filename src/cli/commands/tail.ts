import { Command } from 'commander';
import { outputOption, positiveInteger } from '../output.ts';
import type { TailOptions } from '../tail.ts';

export function tailCommand(): Command {
  return new Command('tail')
    .description('Follow the results of a probe from every pod that it matches, also from pods that come later.')
    .argument('<kind/name>', 'for example dynamiclog/large-orders or dsnap/discounted-order')
    .option('-n, --namespace <namespace>', 'namespace of the probe; that of the context unless given')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--since <seconds>', 'how far to look back first', positiveInteger, 300)
    .option('--no-follow', 'print what there is, and end')
    .addOption(outputOption())
    .action(async (argument: string, options: TailOptions) => {
      // The client of Kubernetes is most of the program, for which the other commands need not wait.
      const { tail } = await import('../tail.ts');
      await tail(argument, options);
    });
}
