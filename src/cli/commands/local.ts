import { Command, Option } from 'commander';
import { AttachError } from '../../attach/attach-error.ts';
import { UnreadableError } from '../../local/manifests/manifests.ts';
import { createJsonReporter, createTextReporter, type Reporter } from '../../local/reporter.ts';
import { type LocalTarget, runLocal } from '../../local/run.ts';
import { RunPolicies } from '../../local/run-policies.ts';
import { SpawnError } from '../../local/spawn.ts';
import { DEBUGGER_MODES, DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../../protocol/debugger-mode.ts';
import { CommandError, EXIT } from '../exit.ts';
import { type OutputFormat, outputOption, positiveInteger, terminalReporter } from '../output.ts';
import { addPolicyOptions, givenPolicies, type PolicyOptions } from '../policy-options.ts';

interface LocalOptions extends PolicyOptions {
  readonly filename: string[];
  readonly pid?: number;
  readonly output: OutputFormat;
  readonly debugger: DebuggerMode;
}

export function localCommand(): Command {
  const command = new Command('local')
    .description('Apply probes to a process of this machine, without a cluster.')
    .usage('-f FILE_OR_DIR [-f …] [--policy PATH] [-o text|json] ( --pid N | -- COMMAND [ARG…] )')
    .requiredOption(
      '-f, --filename <path...>',
      'manifest, or directory of manifests; changes are applied as they are saved',
    )
    .option('--pid <pid>', 'attach to this running Node.js process', positiveInteger);
  return addPolicyOptions(command)
    .addOption(outputOption())
    .addOption(
      new Option(
        '--debugger <when>',
        'when the debugger of a started process is enabled: before its first line, or with the first probe',
      )
        .choices(DEBUGGER_MODES)
        .default(DEFAULT_DEBUGGER_MODE),
    )
    .argument('[command...]', 'start this command with the runtime in it')
    .action(async (command: string[], options: LocalOptions) => {
      if ((options.pid === undefined) === (command.length === 0)) {
        throw new CommandError('give either --pid N or -- COMMAND [ARG…]', EXIT.usage);
      }
      const exitCode = await local(command, options);
      // A failure of standard output has set an exit code already, which is kept.
      process.exitCode ||= exitCode;
      // A handle that a library left open must not keep the process alive.
      setImmediate(() => process.exit());
    });
}

/** @returns the exit code. */
async function local(command: readonly string[], options: LocalOptions): Promise<number> {
  const { filename, pid, output, debugger: mode } = options;
  const given = await givenPolicies(options);
  const reporter = createReporter(output);
  if (given !== undefined && given.policies === undefined) {
    reporter.issues(given.issues);
    return EXIT.wrong;
  }
  const controller = new AbortController();
  let interrupts = 0;
  const end = (): void => controller.abort();
  process.on('SIGINT', () => {
    interrupts += 1;
    // The terminal sends Ctrl-C to the command too, which then ends by itself. The second Ctrl-C ends the run.
    if (command.length === 0 || process.stdin.isTTY !== true || interrupts > 1) end();
  });
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);
  const target: LocalTarget =
    pid === undefined ? { command, standardOutput: output === 'json' ? 'stderr' : 'inherit', debugger: mode } : { pid };
  try {
    const { exitCode } = await runLocal({
      manifests: filename,
      target,
      reporter,
      policies:
        given?.policies &&
        new RunPolicies({ ...given, policies: given.policies, isAttaching: pid !== undefined, reporter }),
      signal: controller.signal,
    });
    return exitCode;
  } catch (error) {
    if (
      error instanceof AttachError ||
      error instanceof SpawnError ||
      error instanceof UnreadableError ||
      isFileError(error)
    ) {
      throw new CommandError(error.message);
    }
    throw error;
  }
}

function createReporter(output: OutputFormat): Reporter {
  if (output === 'text') return createTextReporter(terminalReporter([process.cwd()]));
  return createJsonReporter(
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
  );
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;
