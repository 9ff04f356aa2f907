import type { PolicySpec } from '../../api/policy.ts';
import { DocumentIssues, type ManifestIssue } from '../manifests/document-issues.ts';
import { readDocuments } from '../manifests/documents.ts';
import { readDocument } from '../manifests/read-document.ts';

export interface DefaultPolicyFile {
  /** Undefined when something is wrong with it. */
  readonly spec?: PolicySpec;
  readonly issues: readonly ManifestIssue[];
}

/** What would have the default policy govern some probes only; then nothing would say what the limits of the others are. */
const NARROWING = ['namespaceSelector', 'podSelector'] as const;

/**
 * Reads a manifest that takes the place of the built-in default policy; its name does not matter.
 * @throws UnreadableError
 */
export async function readDefaultPolicy(file: string): Promise<DefaultPolicyFile> {
  const { documents, issues } = await readDocuments(file);
  if (issues.length > 0) return { issues };
  const found = documents.flatMap((document) => {
    const read = readDocument(document, file);
    return read === undefined ? [] : [{ document, ...read }];
  });
  const broken = found.flatMap((read) => read.issues);
  if (broken.length > 0) return { issues: broken };
  const [first, ...others] = found;
  const problem = (message: string) => ({ issues: [{ file, line: 1, column: 1, field: '', message }] });
  if (first?.object?.kind !== 'ClusterInstrumentationPolicy')
    return problem(
      'the default policy is a ClusterInstrumentationPolicy; davylamp policy default prints the built-in one',
    );
  if (others.length > 0) return problem('the default policy is one object; give the others as --policy');
  const { metadata, spec } = first.object;
  const complaints = new DocumentIssues(first.document, file, `ClusterInstrumentationPolicy ${metadata.name}`);
  const instead = 'the default policy is about every probe; give what is about some as a policy of its own';
  for (const field of NARROWING) if (spec[field] !== undefined) complaints.add(['spec', field], instead, true);
  if (spec.requesters !== 'Everybody') complaints.add(['spec', 'requesters'], instead);
  return complaints.list.length > 0 ? { issues: complaints.list } : { spec, issues: [] };
}
