import { GROUP, PROBE_KINDS } from '../../api/kinds.ts';
import type { Policy } from '../../api/policy.ts';
import type { ManifestIssue } from '../manifests/document-issues.ts';
import { documentsOf } from '../manifests/documents.ts';
import { namedNamespace, placedIn } from '../manifests/given-namespace.ts';
import { manifestTree } from '../manifests/manifest-tree.ts';
import { headOf } from '../manifests/object-head.ts';
import { readDocument } from '../manifests/read-document.ts';
import type { ReadObject } from '../manifests/read-object.ts';
import { readTexts } from '../manifests/read-texts.ts';
import { SeenObjects } from '../manifests/seen-objects.ts';
import type { YamlDocument } from '../manifests/yaml-source.ts';
import { type Namespace, readNamespace } from './namespaces.ts';
import { type RbacObject, readRbac } from './rbac-manifests.ts';

/** What decides about probes in a tree of manifests. Everything else in it is passed over. */
export interface PolicyFiles {
  readonly policies: Policy[];
  /** Those of them of which nobody says in which namespace they are. */
  readonly unplaced: Set<Policy>;
  readonly rbac: RbacObject[];
  readonly namespaces: Namespace[];
  readonly issues: ManifestIssue[];
}

type Deciding = Policy | RbacObject | Namespace;

/**
 * @param without a file that is read for something else. @param namespace in which is what names none.
 * @throws UnreadableError for a path that does not exist or cannot be read.
 */
export async function readPolicyFiles(
  paths: readonly string[],
  without?: string,
  namespace?: string,
): Promise<PolicyFiles> {
  const found: PolicyFiles = { policies: [], unplaced: new Set(), rbac: [], namespaces: [], issues: [] };
  const seen = new SeenObjects();
  for (const { file, text } of await readTexts(await manifestTree(paths, without))) {
    const { documents, issues } = documentsOf(text, file);
    found.issues.push(...issues);
    for (const written of documents) {
      const document = placedIn(written, namespace);
      const read = readDeciding(document, file);
      found.issues.push(...(read?.issues ?? []));
      if (read?.object === undefined) continue;
      const repeated = seen.add(read.object, file, document);
      if (repeated !== undefined) {
        found.issues.push(repeated);
        continue;
      }
      add(read.object, found);
      const { object } = read;
      if (object.kind === 'InstrumentationPolicy' && namedNamespace(document) === undefined) found.unplaced.add(object);
    }
  }
  return found;
}

function readDeciding(document: YamlDocument, file: string): ReadObject<Deciding> | undefined {
  const head = headOf(document);
  if (head?.group !== GROUP) return readRbac(document, file) ?? readNamespace(document, file);
  // What is wrong with probes is told where they are asked about.
  if (PROBE_KINDS.some((kind) => kind === head.kind)) return undefined;
  const read = readDocument(document, file);
  if (read?.object?.kind === 'DynamicLog' || read?.object?.kind === 'Snapshot') return undefined;
  return read && { object: read.object, issues: read.issues };
}

function add(object: Deciding, { policies, rbac, namespaces }: PolicyFiles): void {
  switch (object.kind) {
    case 'InstrumentationPolicy':
    case 'ClusterInstrumentationPolicy':
      policies.push(object);
      break;
    case 'Namespace':
      namespaces.push(object);
      break;
    default:
      rbac.push(object);
  }
}
