import { Command } from 'commander';
import { API_VERSION } from '../../api/kinds.ts';
import { VERSION } from '../../version.ts';
import { type OutputFormat, outputOption } from '../output.ts';

export function versionCommand(): Command {
  return new Command('version')
    .description('Print the version of davylamp.')
    .addOption(outputOption())
    .action(({ output }: { output: OutputFormat }) => {
      const version = { version: VERSION, apiVersion: API_VERSION, node: process.versions.node };
      const text = `davylamp ${VERSION} (${API_VERSION}, Node.js ${process.versions.node})`;
      process.stdout.write(`${output === 'json' ? JSON.stringify(version) : text}\n`);
    });
}
