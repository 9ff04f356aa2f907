import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Files that could be written, and imports in them; none has to exist. */
const CASES = [
  {
    file: 'src/api/new.ts',
    refused: ['../protocol/limits.ts', '../version.ts', 'acorn'],
    allowed: ['./level.ts', 'zod'],
  },
  {
    file: 'src/api/generate/new.ts',
    refused: ['../../protocol/limits.ts', '../../kube/client.ts'],
    allowed: ['../level.ts', './crd.ts'],
  },
  {
    file: 'src/protocol/new.ts',
    refused: ['../sinks/sink.ts', '../gateway/server.ts'],
    allowed: ['../api/level.ts', './render/render-value.ts'],
  },
  {
    file: 'src/policy/rules/new.ts',
    refused: ['../../controllers/probes/decide.ts', '../../language/languages.ts'],
    allowed: ['../../language/language.ts', '../rule.ts', '../../expression/template.ts'],
  },
  {
    file: 'src/kube/new.ts',
    refused: ['../api/kinds.ts', '../gateway/server.ts'],
    allowed: ['../time-slice.ts', './client.ts'],
  },
  {
    file: 'src/gateway/fleet/new.ts',
    refused: ['../../controllers/probes/decide.ts', '../../admission/pods/pod.ts', '../../runtime/node/engine.ts'],
    allowed: ['../../pods/observed-pod.ts', '../agents/identity.ts', '../../time-slice.ts'],
  },
  {
    file: 'src/controllers/probes/new.ts',
    refused: ['../../sidecar/agent.ts', '../../admission/pods/pod.ts', '../../language/javascript/language.ts'],
    allowed: ['../../policy/rules.ts', '../../gateway/fleet/fleet.ts'],
  },
  {
    file: 'src/language/javascript/new.ts',
    refused: ['../../policy/rule.ts'],
    allowed: ['acorn', '../language.ts', '../../redaction/options.ts'],
  },
  {
    file: 'src/runtime/node/application/new.ts',
    refused: ['zod', '../worker/agent-link.ts', '../../../expression/template.ts'],
    allowed: ['../channel/arming-refusal.ts', '../../../protocol/limits.ts'],
  },
  {
    file: 'src/runtime/node/worker/new.ts',
    refused: ['../../../gateway/server.ts', '../../../local/run.ts'],
    allowed: ['acorn', '../channel/arming-refusal.ts', '../../../language/javascript/language.ts'],
  },
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'davylamp-layers-'));
  const extended = join(root, 'scripts/lint/layers.json');
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ root: true, extends: [extended] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(CASES)('lint refuses what $file may not import, and nothing else', ({ file, refused, allowed }) => {
  const imports = [...refused, ...allowed];
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), imports.map((name) => `import '${name}';\n`).join(''));
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const { stdout } = spawnSync(
    process.execPath,
    [biome, 'lint', '--only=style/noRestrictedImports', '--reporter=json', file],
    { cwd: folder, encoding: 'utf8' },
  );
  const { diagnostics }: { diagnostics: { location: { start: { line: number } } }[] } = JSON.parse(stdout);
  expect(diagnostics.map(({ location }) => imports[location.start.line - 1])).toEqual(refused);
});
