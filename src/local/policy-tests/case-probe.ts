import { dirname, join } from 'node:path';
import { PROBE_KINDS, type Probe } from '../../api/kinds.ts';
import { DocumentIssues, type ManifestIssue } from '../manifests/document-issues.ts';
import { type FileDocuments, readDocuments } from '../manifests/documents.ts';
import { placedIn } from '../manifests/given-namespace.ts';
import { headOf } from '../manifests/object-head.ts';
import { readDocument } from '../manifests/read-document.ts';
import { UnreadableError } from '../manifests/unreadable.ts';
import { documentAt, type Path, type YamlDocument } from '../manifests/yaml-source.ts';
import type { FoundTest } from './find-tests.ts';
import type { TestCase } from './schema.ts';

export interface CaseProbe {
  /** Undefined when something is wrong with it. */
  readonly probe?: Probe;
  readonly issues: readonly ManifestIssue[];
}

/** The probes of cases, each file read once. */
export class CaseProbes {
  readonly #files = new Map<string, Promise<FileDocuments>>();

  /** @param at where the case stands in the document of the test. */
  async of(
    { manifest, probe, namespace }: TestCase,
    at: Path,
    { file, document, test }: FoundTest,
  ): Promise<CaseProbe> {
    const problem = (field: string, message: string): CaseProbe => {
      const issues = new DocumentIssues(document, file, `PolicyTest ${test.metadata.name}`);
      issues.add([...at, field], message);
      return { issues: issues.list };
    };
    if (manifest === undefined) {
      const inline = documentAt(document, [...at, 'probe'], probe);
      return readProbe(inline, file, namespace) ?? problem('probe', `it must be one of ${PROBE_KINDS.join(', ')}`);
    }
    const path = join(dirname(file), manifest);
    try {
      const { documents, issues } = await this.#read(path);
      if (issues.length > 0) return { issues };
      const [first, ...others] = documents.flatMap((one) => readProbe(one, path, namespace) ?? []);
      if (first === undefined) return problem('manifest', `there is no ${PROBE_KINDS.join(' or ')} in ${path}`);
      if (others.length > 0)
        return problem('manifest', `there are ${others.length + 1} probes in ${path}; a case is about one`);
      return first;
    } catch (error) {
      if (error instanceof UnreadableError) return problem('manifest', error.message);
      throw error;
    }
  }

  #read(path: string): Promise<FileDocuments> {
    const known = this.#files.get(path) ?? readDocuments(path);
    this.#files.set(path, known);
    return known;
  }
}

/** @param namespace where the manifest says none. @returns undefined for what is no probe. */
function readProbe(document: YamlDocument, file: string, namespace: string | undefined): CaseProbe | undefined {
  const kind = headOf(document)?.kind;
  if (!PROBE_KINDS.some((known) => known === kind)) return undefined;
  const read = readDocument(placedIn(document, namespace), file);
  if (read === undefined) return undefined;
  const { object, issues } = read;
  return object?.kind === 'DynamicLog' || object?.kind === 'Snapshot' ? { probe: object, issues } : { issues };
}
