/** Output of one tool, on one version of Node.js. */
export interface Variant {
  readonly tool: string;
  /** Whether the runtime is loaded into the running process, instead of with it. */
  readonly attached?: boolean;
}

/** What is run, by major version of Node.js. The README says why. */
export const MATRIX: Readonly<Record<string, readonly Variant[]>> = {
  20: [
    { tool: 'source-js' },
    { tool: 'tsc' },
    { tool: 'webpack' },
    { tool: 'esbuild-inline' },
    { tool: 'rollup', attached: true },
  ],
  22: [{ tool: 'source' }, { tool: 'esbuild' }, { tool: 'rollup' }, { tool: 'webpack', attached: true }],
  24: [
    { tool: 'tsc' },
    { tool: 'tsc-cjs' },
    { tool: 'source' },
    { tool: 'swc' },
    { tool: 'esbuild' },
    { tool: 'esbuild-inline' },
    { tool: 'rollup' },
    { tool: 'webpack' },
    { tool: 'tsc', attached: true },
  ],
  26: [{ tool: 'source' }, { tool: 'esbuild' }, { tool: 'rollup' }, { tool: 'webpack', attached: true }],
};

/** The variant whose results are the golden text; the others are compared with it. */
export const BASE = 'tsc@24';

/** How a variant is called in golden text. */
export function keyOf({ tool, attached }: Variant, major: string): string {
  return `${tool}${attached ? '-attached' : ''}@${major}`;
}

const ALL = Object.entries(MATRIX).flatMap(([major, variants]) => variants.map((variant) => keyOf(variant, major)));

/** Every variant that a name in golden text means: one, all of a tool, or all of a version. */
export function expand(name: string): string[] {
  return name.includes('@') && !name.startsWith('@')
    ? [name]
    : ALL.filter((key) => key.replace('-attached', '').startsWith(`${name}@`) || key.endsWith(name));
}

/** The shortest names for variants. */
export function compact(keys: readonly string[]): string[] {
  const left = new Set(keys);
  const names: string[] = [];
  for (const name of ['@20', '@22', '@24', '@26', ...new Set(ALL.map((key) => key.replace(/(?:-attached)?@.*/, '')))]) {
    const meant = expand(name);
    if (meant.length < 2 || !meant.every((key) => left.has(key))) continue;
    names.push(name);
    for (const key of meant) left.delete(key);
  }
  return [...names, ...[...left].sort()];
}
