import { Command, Option } from 'commander';
import type { ApproveOptions } from '../approve.ts';
import { outputOption } from '../output.ts';

export function approveCommand(): Command {
  return new Command('approve')
    .description('Approve the present spec of a probe that waits for it; shows the spec first.')
    .argument('<kind/name>', 'for example dynamiclog/large-orders')
    .option('-n, --namespace <namespace>', 'namespace of the probe; that of the context unless given')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--reason <text>', 'why, as it is kept with the approval')
    .option('--ticket <text>', 'where that can be read')
    .addOption(
      new Option(
        '--spec-hash <hash>',
        'approve only if this is still the spec (status.approval.specHash); else the one that is shown is approved',
      ),
    )
    .addOption(outputOption())
    .action(async (argument: string, options: ApproveOptions) => {
      // The client of Kubernetes is most of the program, for which the other commands need not wait.
      const { approve } = await import('../approve.ts');
      await approve(argument, options);
    });
}
