import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Flags and variables of the agent's image. */
export async function imageStart(): Promise<{ flags: string[]; environment: Record<string, string> }> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const stage = dockerfile.slice(dockerfile.indexOf('AS agent'), dockerfile.indexOf('AS orders'));
  const entrypoint: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(stage)?.[1] ?? '[]');
  const variables = /^ENV (.*)$/m.exec(stage)?.[1]?.split(' ') ?? [];
  return {
    flags: entrypoint.filter((part) => part.startsWith('--')),
    environment: Object.fromEntries(variables.map((pair) => pair.split('='))),
  };
}
