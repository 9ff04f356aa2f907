import { Command } from 'commander';
import { loadManifests, type Manifests } from '../../local/manifests/manifests.ts';
import { type DecidedManifests, decideManifests } from '../../local/policies/decide-manifests.ts';
import { CommandError, EXIT } from '../exit.ts';
import { lintRecord, lintReport } from '../lint-report.ts';
import { namespaceName, type OutputFormat, outputOption, terminalPaint } from '../output.ts';
import { addPolicyOptions, givenPolicies, type PolicyOptions } from '../policy-options.ts';

interface LintOptions extends PolicyOptions {
  readonly output: OutputFormat;
}

export function lintCommand(): Command {
  const command = new Command('lint')
    .description('Check manifests offline: everything that the API server, the operator and policies would refuse.')
    .argument('<file...>', 'manifests, or directories that have them directly in them')
    .option(
      '-n, --namespace <namespace>',
      'in which manifests are that name none, as with kubectl apply -n; one that names another is a problem',
      namespaceName,
    );
  return addPolicyOptions(command)
    .addOption(outputOption())
    .action(async (files: string[], options: LintOptions) => {
      process.exitCode = await lint(files, options);
    });
}

/** @returns the exit code. */
async function lint(files: readonly string[], options: LintOptions): Promise<number> {
  const given = await givenPolicies(options);
  let manifests: Manifests;
  try {
    manifests = await loadManifests(files, options.namespace);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
  if (manifests.files.length === 0) {
    const message = `there is no manifest in ${files.join(', ')}; give files, or directories that have them directly in them`;
    throw new CommandError(message);
  }
  // Policies of which one is wrong would allow too much, so nothing is decided then.
  const decided: DecidedManifests | undefined =
    given?.policies && decideManifests(manifests.probes, given.policies, given.requester);
  const denials = decided?.decisions.flatMap((one) => one.denials) ?? [];
  const issues = [...(given?.issues ?? []), ...manifests.issues, ...denials];
  const linted = { manifests, issues, decided };
  const text =
    options.output === 'json' ? `${JSON.stringify(lintRecord(linted))}\n` : lintReport(linted, terminalPaint());
  process.stdout.write(text);
  return issues.length === 0 ? EXIT.ok : EXIT.wrong;
}
