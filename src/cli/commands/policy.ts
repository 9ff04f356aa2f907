import { Command } from 'commander';
import { UnreadableError } from '../../local/manifests/manifests.ts';
import { defaultManifest, defaultManifestYaml } from '../../local/policies/default-manifest.ts';
import { NoTestsError } from '../../local/policy-tests/find-tests.ts';
import { runPolicyTests, type TestRun } from '../../local/policy-tests/run-tests.ts';
import { CommandError, EXIT } from '../exit.ts';
import { type OutputFormat, outputOption, terminalPaint } from '../output.ts';
import { testRecord, testReport } from '../policy-test-report.ts';

interface PolicyOptions {
  readonly output: OutputFormat;
}

export function policyCommand(): Command {
  const policy = new Command('policy').description('Instrumentation policies, without a cluster.');
  for (const command of [defaultCommand(), testCommand()]) policy.addCommand(command);
  return policy;
}

function defaultCommand(): Command {
  return new Command('default')
    .description('Print the default policy that is built in, as a manifest.')
    .addOption(outputOption())
    .action(({ output }: PolicyOptions) => {
      process.stdout.write(output === 'json' ? `${JSON.stringify(defaultManifest())}\n` : defaultManifestYaml());
    });
}

function testCommand(): Command {
  return new Command('test')
    .description('Decide the cases of PolicyTests, and compare with what they expect.')
    .argument('[file...]', 'files with PolicyTests, or directories of them at any depth', ['.'])
    .addOption(outputOption())
    .action(async (files: string[], { output }: PolicyOptions) => {
      process.exitCode = await test(files, output);
    });
}

/** @returns the exit code. */
async function test(files: readonly string[], output: OutputFormat): Promise<number> {
  let run: TestRun;
  try {
    run = await runPolicyTests(files);
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof NoTestsError) throw new CommandError(error.message);
    throw error;
  }
  const text = output === 'json' ? `${JSON.stringify(testRecord(run))}\n` : testReport(run, terminalPaint());
  process.stdout.write(text);
  const isRight = run.issues.length === 0 && run.cases.every(({ hasPassed }) => hasPassed);
  return isRight ? EXIT.ok : EXIT.wrong;
}
