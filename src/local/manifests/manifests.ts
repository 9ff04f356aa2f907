import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { cutText } from '../../api/cut-text.ts';
import { API_VERSION, GROUP, KINDS, PROBE_KINDS, type Probe, type ProbeKind } from '../../api/kinds.ts';
import { errorCode } from '../../error-code.ts';
import { checkExpressions, checkProbe, expressionFields } from '../../expression/check-probe.ts';
import { knownLanguages } from '../../language/languages.ts';
import { effectiveSpec, NO_POLICIES } from '../../policy/effective-spec.ts';
import { checkSchemaRules } from './schema-rules.ts';
import { documentAt, type Path, parseYaml, type YamlDocument, YamlSyntaxError } from './yaml-source.ts';

/** One error in a manifest, and where it is. Line and column count from 1. */
export interface ManifestIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `DynamicLog large-orders`, as far as it is known. */
  readonly object?: string;
  /** `spec.location.line`; empty for the whole document. */
  readonly field: string;
  readonly message: string;
}

export interface LoadedProbe {
  readonly file: string;
  readonly probe: Probe;
}

export interface Manifests {
  readonly files: readonly string[];
  readonly probes: readonly LoadedProbe[];
  readonly issues: readonly ManifestIssue[];
  /** Number of documents of other API groups, which are ignored. */
  readonly others: number;
}

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

/** Names that the API server accepts: of objects (DNS subdomain), and of namespaces (DNS label). */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether a directory's file of this name is read. */
export function isManifestName(name: string): boolean {
  return EXTENSIONS.has(extname(name));
}

/**
 * The files that the paths name: a directory stands for the manifests directly in it, as with `kubectl apply -f`.
 * @throws UnreadableError for a path that does not exist or cannot be read.
 */
export async function manifestFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await readable(path, stat(path))).isDirectory()) {
      files.push(path);
      continue;
    }
    const names = (await readable(path, readdir(path))).filter(isManifestName).sort();
    files.push(...names.map((name) => join(path, name)));
  }
  return [...new Set(files)];
}

/** A path that was given for manifests and cannot be read or holds none; the message says what to do. */
export class UnreadableError extends Error {
  constructor(path: string, cause: unknown) {
    const code = errorCode(cause);
    super(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no file or directory ${path}; give the path of a manifest, or of a directory of manifests`
        : code === 'EACCES' || code === 'EPERM'
          ? `this user may not read ${path} (${code}); make it readable, or give another manifest`
          : `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = 'UnreadableError';
  }
}

async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new UnreadableError(path, error);
  }
}

/** Reads every probe of these files, and everything that API server and operator would refuse in them. */
export async function loadManifests(paths: readonly string[]): Promise<Manifests> {
  const files = await manifestFiles(paths);
  const probes: LoadedProbe[] = [];
  const issues: ManifestIssue[] = [];
  const seen = new Map<string, string>();
  let others = 0;
  for (const file of files) {
    let documents: YamlDocument[];
    try {
      documents = parseYaml(await readable(file, readFile(file, 'utf8')), file).flatMap(itemsOf);
    } catch (error) {
      if (!(error instanceof YamlSyntaxError)) throw error;
      issues.push({ file, ...error.position, field: '', message: `not YAML: ${error.message}` });
      continue;
    }
    for (const document of documents) {
      const read = readDocument(document, file);
      if (read === undefined) {
        others += document.value === null || document.value === undefined ? 0 : 1;
        continue;
      }
      issues.push(...read.issues);
      if (read.probe === undefined) continue;
      const { kind, metadata } = read.probe;
      const key = `${kind} ${metadata.namespace}/${metadata.name}`;
      const before = seen.get(key);
      seen.set(key, file);
      if (before === undefined) probes.push({ file, probe: read.probe });
      else {
        const message = `${key} is in ${before} too; the later one would replace the earlier`;
        issues.push({ file, ...document.position(['metadata', 'name']), field: 'metadata.name', message });
      }
    }
  }
  return { files, probes, issues, others };
}

const listSchema = z.object({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

/** The objects of a `kind: List`, as kubectl prints and applies it; any other document is one object. */
function itemsOf(document: YamlDocument): YamlDocument[] {
  const list = listSchema.safeParse(document.value);
  if (!list.success) return [document];
  return list.data.items.flatMap((item, index) => itemsOf(documentAt(document, ['items', index], item)));
}

const headSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string().optional() }).optional(),
});

/** @returns undefined for documents of other API groups. */
function readDocument(document: YamlDocument, file: string): { probe?: Probe; issues: ManifestIssue[] } | undefined {
  const head = headSchema.safeParse(document.value);
  if (!head.success || head.data.apiVersion.split('/')[0] !== GROUP) return undefined;
  const { apiVersion, kind, metadata } = head.data;
  const object = metadata?.name === undefined ? kind : `${kind} ${metadata.name}`;
  const issues: ManifestIssue[] = [];
  const complain = (path: Path, message: string, aboutKey = false): void => {
    const position = aboutKey ? document.keyPosition(path) : document.position(path);
    issues.push({ file, ...position, object, field: fieldName(path), message });
  };
  if (apiVersion !== API_VERSION) complain(['apiVersion'], `${apiVersion} is not served; use ${API_VERSION}`);
  else if (!isProbeKind(kind)) complain(['kind'], `${kind} is not known; there are ${PROBE_KINDS.join(', ')}`);
  if (issues.length > 0 || !isProbeKind(kind)) return { issues };

  const parsed = KINDS[kind].schema.safeParse(document.value);
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    complain(path, explain(issue, valueAt(document.value, path)));
  }
  for (const { path, message, aboutKey } of checkSchemaRules(kind, document.value)) complain(path, message, aboutKey);
  if (!parsed.success) {
    // Expressions are checked even if something else is wrong, so that the author learns of all errors at once.
    const { spec } = writtenSchema.parse(document.value);
    const fields = expressionFields(kind, spec);
    for (const { field, message } of checkExpressions(fields, spec.location.at, knownLanguages())) {
      complain(fieldPath(field), message);
    }
    return { issues };
  }
  const probe = parsed.data;
  if (!NAME.test(probe.metadata.name) || probe.metadata.name.length > 253) {
    complain(['metadata', 'name'], `"${probe.metadata.name}" must be lower case letters, digits, - and .`);
  }
  if (!NAMESPACE.test(probe.metadata.namespace)) {
    complain(['metadata', 'namespace'], `"${probe.metadata.namespace}" must be lower case letters, digits and -`);
  }
  for (const { field, message } of checkProbe(effectiveSpec(probe, NO_POLICIES), knownLanguages()))
    complain(fieldPath(field), message);
  return issues.length > 0 ? { issues } : { probe, issues };
}

/** What checking the expressions needs of a manifest that is otherwise wrong; anything else in it may be missing or of the wrong type. */
const writtenSchema = z
  .object({
    spec: z.looseObject({
      location: z.object({ at: z.enum(['Entry', 'Exit']).optional().catch(undefined) }).catch({}),
    }),
  })
  .catch({ spec: { location: {} } });

const isProbeKind = (kind: string): kind is ProbeKind => PROBE_KINDS.some((known) => known === kind);

/** zod's message, with the value that it is about. */
function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const message = issue.message.replace(/^Invalid input: /, '');
  if (value === undefined) return issue.code === 'invalid_type' ? 'required field is missing' : message;
  return `${message}, but it is ${cutText(shown(value), 80)}`;
}

/** A primitive as JSON; the first level of lists and objects, since anchors of YAML make huge and even circular ones of a few lines. */
function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const options = { depth: 1, maxArrayLength: 10, maxStringLength: 80 };
  return inspect(value, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true });
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, part)?.value;
  }
  return at;
}

/** `spec.watch[1]` ⇄ ['spec', 'watch', 1] */
function fieldName(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function fieldPath(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map((match) => match[1] ?? Number(match[2]));
}
