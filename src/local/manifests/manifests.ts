import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { z } from 'zod';
import type { Probe } from '../../api/kinds.ts';
import type { Policy } from '../../api/policy.ts';
import { isPolicyKind } from '../../api/resources.ts';
import { errorCode } from '../../error-code.ts';
import { type ManifestIssue, readDocument } from './read-document.ts';
import { documentAt, parseYaml, type YamlDocument, YamlSyntaxError } from './yaml-source.ts';

export type { ManifestIssue } from './read-document.ts';

export interface LoadedProbe {
  readonly file: string;
  readonly probe: Probe;
}

export interface LoadedPolicy {
  readonly file: string;
  readonly policy: Policy;
}

export interface Manifests {
  readonly files: readonly string[];
  readonly probes: readonly LoadedProbe[];
  readonly policies: readonly LoadedPolicy[];
  readonly issues: readonly ManifestIssue[];
  /** Number of documents of other API groups, which are ignored. */
  readonly others: number;
}

const EXTENSIONS = new Set(['.yaml', '.yml', '.json']);

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

/** Reads every probe and policy of these files, and everything that API server and operator would refuse in them. */
export async function loadManifests(paths: readonly string[]): Promise<Manifests> {
  const files = await manifestFiles(paths);
  const probes: LoadedProbe[] = [];
  const policies: LoadedPolicy[] = [];
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
      const { object } = read;
      if (object === undefined) continue;
      const { kind, metadata } = object;
      const key = `${kind} ${'namespace' in metadata ? `${metadata.namespace}/` : ''}${metadata.name}`;
      const before = seen.get(key);
      seen.set(key, file);
      if (before === undefined) {
        if (isPolicy(object)) policies.push({ file, policy: object });
        else probes.push({ file, probe: object });
      } else {
        const message = `${key} is in ${before} too; the later one would replace the earlier`;
        issues.push({ file, ...document.position(['metadata', 'name']), field: 'metadata.name', message });
      }
    }
  }
  return { files, probes, policies, issues, others };
}

const isPolicy = (object: Probe | Policy): object is Policy => isPolicyKind(object.kind);

const listSchema = z.object({ kind: z.string().endsWith('List'), items: z.array(z.unknown()) });

/** The objects of a `kind: List`, as kubectl prints and applies it; any other document is one object. */
function itemsOf(document: YamlDocument): YamlDocument[] {
  const list = listSchema.safeParse(document.value);
  if (!list.success) return [document];
  return list.data.items.flatMap((item, index) => itemsOf(documentAt(document, ['items', index], item)));
}
