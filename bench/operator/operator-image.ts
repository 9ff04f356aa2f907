import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { program, root } from '../../scripts/bundle-options.ts';

/** How the operator's image starts it. */
export interface OperatorImage {
  readonly env: Readonly<Record<string, string>>;
  /** Options of Node.js. */
  readonly options: readonly string[];
}

/** Read from the Dockerfile. @throws Error when it has no operator. */
export function operatorImage(): OperatorImage {
  const stage = /FROM base AS operator\n([\s\S]*?)\nFROM /.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1];
  const entrypoint = /ENTRYPOINT (\[.*\])/.exec(stage ?? '')?.[1];
  if (stage === undefined || entrypoint === undefined)
    throw new Error('the Dockerfile has no stage operator with an ENTRYPOINT');
  const pairs = [...stage.matchAll(/^ENV (.*)$/gm)].flatMap(([, text = '']) => text.split(' '));
  return {
    env: Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string])),
    options: (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--')),
  };
}

/** Bundles the part of the benchmark that is the operator as the image's operator is bundled. @returns the file. */
export async function bundleOperator(folder: string): Promise<string> {
  const file = join(folder, 'operator-part.js');
  const options = program('bench/operator/operator-part.ts', file);
  // Another file's URL, so that src/operator.ts, which is in the bundle, does not start an operator of its own.
  await build({
    ...options,
    define: { ...options.define, 'import.meta.url': JSON.stringify('file:///operator-part') },
  });
  return file;
}
