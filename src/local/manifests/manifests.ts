import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Probe } from '../../api/kinds.ts';
import type { Policy } from '../../api/policy.ts';
import { isPolicyKind } from '../../api/resources.ts';
import { type ManifestIssue, positionOf } from './document-issues.ts';
import { readDocuments } from './documents.ts';
import { misplaced, namedNamespace, placedIn } from './given-namespace.ts';
import { readDocument } from './read-document.ts';
import { SeenObjects } from './seen-objects.ts';
import { readable } from './unreadable.ts';
import type { Position } from './yaml-source.ts';

export type { ManifestIssue } from './document-issues.ts';
export { UnreadableError } from './unreadable.ts';

export interface LoadedProbe {
  readonly file: string;
  readonly probe: Probe;
  /** Whether it is said in which namespace it is; else it is taken to be in `default`. */
  readonly isPlaced: boolean;
  /** Where a field of it stands, or its nearest parent: `spec.location.line`. */
  positionOf(field: string): Position;
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

/**
 * Reads every probe and policy of these files, and everything that API server and operator would refuse in them.
 * @param namespace in which they are applied; what names another one is refused then, as by kubectl.
 */
export async function loadManifests(paths: readonly string[], namespace?: string): Promise<Manifests> {
  const files = await manifestFiles(paths);
  const probes: LoadedProbe[] = [];
  const policies: LoadedPolicy[] = [];
  const issues: ManifestIssue[] = [];
  const seen = new SeenObjects();
  let others = 0;
  for (const file of files) {
    const whole = await readDocuments(file);
    issues.push(...whole.issues);
    for (const written of whole.documents) {
      const document = placedIn(written, namespace);
      const read = readDocument(document, file);
      if (read === undefined) {
        others += document.value === null || document.value === undefined ? 0 : 1;
        continue;
      }
      const elsewhere = misplaced(document, file, namespace);
      issues.push(...read.issues, ...elsewhere);
      const { object } = read;
      if (object === undefined || elsewhere.length > 0) continue;
      const repeated = seen.add(object, file, document);
      if (repeated !== undefined) issues.push(repeated);
      else if (isPolicy(object)) policies.push({ file, policy: object });
      else {
        const isPlaced = namedNamespace(document) !== undefined;
        probes.push({ file, probe: object, isPlaced, positionOf: (field) => positionOf(document, field) });
      }
    }
  }
  return { files, probes, policies, issues, others };
}

const isPolicy = (object: Probe | Policy): object is Policy => isPolicyKind(object.kind);
