import { Command } from 'commander';
import { loadManifests, type Manifests } from '../../local/manifests/manifests.ts';
import { describeIssue } from '../../local/reporter.ts';
import { CommandError, EXIT } from '../exit.ts';
import { type OutputFormat, outputOption, terminalPaint } from '../output.ts';

export function lintCommand(): Command {
  return new Command('lint')
    .description('Check manifests offline: everything that the API server and the operator would refuse.')
    .argument('<file...>', 'manifests, or directories of them')
    .addOption(outputOption())
    .action(async (files: string[], { output }: { output: OutputFormat }) => {
      process.exitCode = await lint(files, output);
    });
}

/** @returns the exit code. */
async function lint(files: readonly string[], output: OutputFormat): Promise<number> {
  let manifests: Manifests;
  try {
    manifests = await loadManifests(files);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
  const { issues, probes, others } = manifests;
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify({ files: manifests.files, probes: probes.length, issues })}\n`);
  } else {
    const paint = terminalPaint();
    for (const issue of issues) {
      const [place = '', ...rest] = describeIssue(issue).split(': ');
      process.stdout.write(`${paint.place(place)}: ${rest.join(': ')}\n`);
    }
    const good = `${count(probes.length, 'probe')} in ${count(manifests.files.length, 'file')}`;
    const skipped = others === 0 ? '' : paint.dim(`, ${count(others, 'other object')} not looked at`);
    if (issues.length === 0) process.stdout.write(`${paint.good('✓')} ${good}, nothing wrong${skipped}\n`);
    else process.stdout.write(`${paint.bad('✗')} ${count(issues.length, 'problem')}; ${good} are right${skipped}\n`);
  }
  return issues.length === 0 ? EXIT.ok : EXIT.wrong;
}

const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
