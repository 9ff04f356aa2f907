import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { installPackages } from '../install-packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly conformance: {
      /** Where the programs were built to. */
      readonly output: string;
      /** Executables of Node.js by their major version. */
      readonly nodes: Readonly<Record<string, string>>;
      /** Names of the programs that are in a variant. */
      readonly built: Readonly<Record<string, readonly string[]>>;
    };
  }
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the tools where that was not done yet, and builds every program with each of them. */
export default function setup(project: TestProject): () => void {
  installPackages(here);
  const output = mkdtempSync(join(tmpdir(), 'davylamp-conformance-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(here, 'build.mjs'), output], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the programs cannot be built: ${stderr}`);
  const built = JSON.parse(stdout);
  project.provide('conformance', { output, nodes: findNodes(), built });
  return () => rmSync(output, { recursive: true, force: true });
}

/** Version 24 is the one that runs the tests. */
export function findNodes(): Record<string, string> {
  const nodes: Record<string, string> = { 24: process.execPath };
  for (const major of ['18', '20', '22', '26']) {
    const path = join(here, 'node_modules', `node-${major}-${process.platform}-${process.arch}`, 'bin', 'node');
    if (existsSync(path)) nodes[major] = path;
  }
  return nodes;
}
