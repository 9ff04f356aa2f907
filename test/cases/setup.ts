import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findNodes } from '../conformance/setup.ts';
import { installPackages } from '../install-packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Executables of Node.js by their major version. */
    readonly nodes: Readonly<Record<string, string>>;
  }
}

const here = import.meta.dirname;
const programs = join(here, 'programs');

/** Installs the versions of Node.js, and the packages of those cases that have some, where that was not done yet. */
export default function setup(project: TestProject): void {
  installPackages(join(here, '..', 'conformance'));
  for (const name of readdirSync(programs)) {
    const folder = join(programs, name);
    if (existsSync(join(folder, 'package-lock.json'))) installPackages(folder);
  }
  project.provide('nodes', findNodes());
}
