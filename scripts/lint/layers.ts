/** What one folder of src may import besides itself: a folder, a file, or all files beside the folders (`*.ts`). */
interface Layer {
  readonly folder: string;
  readonly imports: readonly string[];
  /** Said to who imports something else. */
  readonly message: string;
}

/** Imports that are forbidden by what is written in them. Of the globs of a group the last one that fits decides. */
interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
}

interface Restrictions {
  readonly includes: readonly string[];
  /** Packages that must not be imported, each with what is said then. */
  readonly paths?: Readonly<Record<string, string>>;
  readonly patterns: readonly Pattern[];
}

/** From the lowest to the highest. Folders without a line here have the rules of `src/**`, or some of their own below. */
const LAYERS: readonly Layer[] = [
  {
    folder: 'api',
    imports: [],
    message: 'api is below everything: it imports nothing else of src.',
  },
  {
    folder: 'protocol',
    imports: ['api'],
    message: 'protocol imports api and nothing else of src.',
  },
  {
    folder: 'redaction',
    imports: ['api', 'protocol'],
    message: 'redaction imports api and protocol: names of expressions are given to it.',
  },
  {
    folder: 'expression',
    imports: ['api', 'language/language.ts'],
    message: 'expression imports api and the port of languages.',
  },
  {
    folder: 'policy',
    imports: ['api', 'protocol', 'redaction', 'expression', 'language/language.ts'],
    message: 'policy is pure: it imports api, protocol, redaction, expression and language.',
  },
  {
    folder: 'audit',
    imports: ['api', 'protocol', 'policy'],
    message: 'audit is told what happened: it imports api, protocol and policy.',
  },
  {
    folder: 'sinks',
    imports: ['api', 'protocol'],
    message: 'sinks import api and protocol.',
  },
  {
    folder: 'pods',
    imports: ['api', 'protocol'],
    message: 'pods imports api and protocol.',
  },
  {
    folder: 'kube',
    imports: ['*.ts'],
    message: 'kube knows no resource of Davylamp: it is given them as data.',
  },
  {
    folder: 'attach',
    imports: ['api', 'protocol', 'runtime/node/idle', '*.ts'],
    message:
      'attach is of agent and local mode: it imports api, protocol, and what the runtime shares with who loads it.',
  },
  {
    folder: 'sidecar',
    imports: ['api', 'protocol', 'sinks', 'attach', '*.ts'],
    message: 'The agent imports api, protocol, sinks and attach, and no client of Kubernetes.',
  },
  {
    folder: 'gateway',
    imports: ['api', 'protocol', 'pods', 'kube', '*.ts'],
    message: 'gateway imports api, protocol, pods and kube.',
  },
  {
    folder: 'admission',
    imports: ['api', 'protocol', 'policy', 'audit', 'pods', 'kube', 'gateway', '*.ts'],
    message: 'Admission is given what it decides by: it imports nothing of the controllers.',
  },
  {
    folder: 'cli',
    imports: ['api', 'protocol', 'policy', 'pods', 'kube', 'local', 'attach', '*.ts'],
    message: 'What the CLI shares with the operator is in policy, pods, kube and local.',
  },
  {
    folder: 'local',
    imports: [
      ...['api', 'protocol', 'expression', 'language', 'policy', 'sinks', 'sidecar'],
      ...['attach', 'runtime/node/idle', '*.ts'],
    ],
    message: 'Local mode is without a cluster.',
  },
];

const NO_PARSER = {
  acorn: 'Only language/javascript and runtime/node read JavaScript; elsewhere ask language/language.ts.',
};
const OF_LANGUAGE = 'language imports api, expression and redaction.';
const OF_ALL: readonly Pattern[] = [
  { group: ['**/runtime/**'], message: 'Only local mode and attach share code with a runtime.' },
  {
    group: ['**/language/javascript/**'],
    message: 'Only language/languages.ts and runtime/node know a language; elsewhere ask language/language.ts.',
  },
];

/** Of several that include a file the last one counts, and it alone. */
const RESTRICTIONS: readonly Restrictions[] = [
  { includes: ['src/**'], paths: NO_PARSER, patterns: OF_ALL },
  {
    includes: ['src/controllers/**'],
    paths: NO_PARSER,
    patterns: [
      ...OF_ALL,
      {
        group: foldersAnywhere('admission', 'cli', 'local', 'sidecar'),
        message: 'Controllers import no other program; what they share with one is in pods, policy or protocol.',
      },
    ],
  },
  ...LAYERS.flatMap(({ folder, imports, message }) => [
    { includes: [`src/${folder}/*.ts`], paths: NO_PARSER, patterns: [only('../', [folder, ...imports], message)] },
    { includes: [`src/${folder}/*/**`], paths: NO_PARSER, patterns: [only('../../', [folder, ...imports], message)] },
  ]),
  {
    includes: ['src/language/*.ts'],
    paths: NO_PARSER,
    patterns: [only('../', ['api', 'expression'], OF_LANGUAGE)],
  },
  {
    includes: ['src/language/javascript/**'],
    patterns: [only('../../', ['api', 'expression', 'redaction'], OF_LANGUAGE)],
  },
  {
    includes: [
      'src/runtime/node/{application,idle,channel}/**',
      'src/runtime/node/preload.ts',
      'src/runtime/node/engine.ts',
      'src/runtime/node/early-debugger.ts',
    ],
    paths: Object.fromEntries(
      ['zod', 'zod/mini', 'acorn'].map((name) => [name, "The application's thread has no dependencies."]),
    ),
    patterns: [
      {
        group: foldersAnywhere('worker'),
        message: "What runs on the application's thread imports nothing of the worker.",
      },
      { group: foldersAnywhere('language', 'expression'), message: 'Only the worker reads expressions.' },
    ],
  },
  {
    includes: ['src/runtime/node/worker/**', 'src/runtime/node/worker.ts'],
    patterns: [
      {
        group: foldersAnywhere('controllers', 'gateway', 'kube', 'sidecar', 'attach', 'local', 'cli'),
        message: 'The runtime imports nothing of operator, agent and CLI.',
      },
    ],
  },
];

/** The rules as configuration of Biome that another one extends, one override a line. */
export function layersConfiguration(): string {
  const overrides = RESTRICTIONS.map(({ includes, ...options }) => ({
    includes,
    linter: { rules: { style: { noRestrictedImports: { level: 'error', options } } } },
  }));
  const unformatted = { includes: ['scripts/lint/layers.json'], formatter: { enabled: false } };
  const lines = [...overrides, unformatted].map((override) => `    ${JSON.stringify(override)}`);
  return `{\n  "overrides": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

/** Nothing above the folder is imported, seen from files that reach src by `up`, but what is allowed. */
function only(up: string, allowed: readonly string[], message: string): Pattern {
  return { group: [`${up}**`, ...allowed.map((one) => `!${up}${one.endsWith('.ts') ? one : `${one}/**`}`)], message };
}

function foldersAnywhere(...folders: readonly string[]): string[] {
  return folders.map((folder) => `**/${folder}/**`);
}
