import { beforeAll, describe, expect, inject, test } from 'vitest';
import { Golden } from './golden.ts';
import { readPrograms } from './marked-probes.ts';
import { type Found, runProbed } from './probed-run.ts';

/** The variant whose results are the golden text; the others are compared with it. */
const BASE = { tool: 'tsc', major: '24' };

export interface Variant {
  readonly tool: string;
  readonly attached?: boolean;
}

/** Declares the tests of one version of Node.js. */
export function declareConformance(major: string, variants: readonly Variant[]): void {
  const { output, nodes, built } = inject('conformance');
  const node = nodes[major];

  describe.each(variants.map((variant) => ({ attached: false, ...variant })))(
    `Node.js ${major}, output of $tool, attached: $attached`,
    ({ tool, attached }) => {
      const programs = readPrograms().filter(({ name }) => built[tool]?.includes(name));
      let found: Found = new Map();

      beforeAll(async () => {
        if (node === undefined) throw new Error(`there is no Node.js ${major} for this platform`);
        found = await runProbed(programs, { node, major, tool, output, attached });
      });

      test.each(programs)('$name', ({ name, goldenPath, probes }) => {
        const results = found.get(name) ?? new Map<string, string[]>();
        const golden = new Golden(goldenPath);
        if (process.env.UPDATE !== undefined) {
          golden.update(results, tool, major, tool === BASE.tool && major === BASE.major && !attached);
        }
        const wanted = probes.map(({ title }) => [title, ...golden.expected(title, tool, major).lines]);
        expect(probes.map(({ title }) => [title, ...(results.get(title) ?? [])])).toEqual(wanted);
      });
    },
  );
}
