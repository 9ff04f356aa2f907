import { Command, CommanderError } from 'commander';
import { ApiError } from '../kube/api-error.ts';
import { KubeConfigError } from '../kube/kube-config-error.ts';
import { VERSION } from '../version.ts';
import { approveCommand } from './commands/approve.ts';
import { lintCommand } from './commands/lint.ts';
import { localCommand } from './commands/local.ts';
import { policyCommand } from './commands/policy.ts';
import { stopCommand } from './commands/stop.ts';
import { tailCommand } from './commands/tail.ts';
import { versionCommand } from './commands/version.ts';
import { CommandError, EXIT } from './exit.ts';
import { serverSentence } from './server-sentence.ts';

const COMMANDS = [
  ...[localCommand(), lintCommand(), policyCommand()],
  ...[tailCommand(), approveCommand(), stopCommand(), versionCommand()],
];

/** `davylamp …`, and `kubectl davylamp …`, which is the same program under the name that kubectl looks for. */
async function main(): Promise<void> {
  // Set by bin/davylamp; programs that this one starts must not inherit it.
  const invokedAs = process.env.DAVYLAMP_INVOKED_AS ?? process.argv[1] ?? '';
  delete process.env.DAVYLAMP_INVOKED_AS;
  const program = new Command(invokedAs.includes('kubectl-davylamp') ? 'kubectl davylamp' : 'davylamp')
    .description('Log lines and snapshots from code that is already running.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride()
    .enablePositionalOptions();
  for (const command of COMMANDS) {
    for (const one of [command, ...command.commands])
      one.exitOverride().showHelpAfterError('(--help shows what there is)');
    program.addCommand(command);
  }
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has printed its message already; its exit code is 0 after help and version, which are no errors.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else fail(error);
  }
}

function fail(error: unknown): void {
  if (error instanceof CommandError) {
    process.stderr.write(`davylamp: ${error.message}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof ApiError) {
    process.stderr.write(`davylamp: ${serverSentence(error)}\n`);
    process.exitCode = error.status === 0 ? EXIT.unreachable : EXIT.wrong;
  } else if (error instanceof KubeConfigError) {
    process.stderr.write(`davylamp: ${error.message}\n`);
    process.exitCode = EXIT.unreachable;
  } else {
    process.stderr.write(`davylamp: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.wrong;
  }
}

// When the reader goes away (`davylamp tail … | head`), the program ends without an error; when writing fails otherwise, with one. Commands
// with something to clean up handle SIGTERM; the others exit at once.
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  process.stdout.on('error', () => {});
  if (error.code !== 'EPIPE') {
    process.stderr.write(`davylamp: standard output cannot be written, so this ends: ${error.message}\n`);
    process.exitCode = EXIT.wrong;
  }
  if (!process.emit('SIGTERM')) process.exit();
});

await main();
