import { beforeAll, describe, expect, inject, test } from 'vitest';
import { Golden, UPDATES } from './golden.ts';
import { readPrograms } from './marked-probes.ts';
import { keyOf, MATRIX } from './matrix.ts';
import { type Found, runProbed } from './probed-run.ts';

/** Declares the tests of one version of Node.js. */
export function declareConformance(major: string): void {
  const { output, nodes, built } = inject('conformance');
  const node = nodes[major];
  const variants = (MATRIX[major] ?? []).map((variant) => ({ attached: false, ...variant }));

  describe.each(variants)(`Node.js ${major}, output of $tool, attached: $attached`, (variant) => {
    const programs = readPrograms().filter(({ name }) => built[variant.tool]?.includes(name));
    const key = keyOf(variant, major);
    let found: Found = new Map();

    beforeAll(async () => {
      if (node === undefined) throw new Error(`there is no Node.js ${major} for this platform`);
      found = await runProbed(programs, { node, major, output, ...variant });
    });

    test.each(programs)('$name', ({ name, goldenPath, probes }) => {
      const results = found.get(name) ?? new Map<string, string[]>();
      const golden = new Golden(goldenPath);
      if (UPDATES) golden.update(results, key);
      const wanted = probes.map(({ title }) => [title, ...golden.expected(title, key)]);
      expect(probes.map(({ title }) => [title, ...(results.get(title) ?? [])])).toEqual(wanted);
    });
  });
}

/** Declares that nothing in golden text lacks its reason. */
export function declareReasons(): void {
  test('everything that a variant shows differently has a reason', () => {
    const unexplained = readPrograms().flatMap(({ name, goldenPath }) =>
      new Golden(goldenPath).unexplained().map((title) => `${name}: ${title}`),
    );
    expect(unexplained).toEqual([]);
  });
}
