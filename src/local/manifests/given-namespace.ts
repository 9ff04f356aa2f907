import { z } from 'zod';
import { PROBE_KINDS } from '../../api/kinds.ts';
import { DocumentIssues, type ManifestIssue } from './document-issues.ts';
import { headOf } from './object-head.ts';
import { documentAt, type YamlDocument } from './yaml-source.ts';

/** What is in a namespace, of all that is read. */
const NAMESPACED: readonly string[] = [...PROBE_KINDS, 'InstrumentationPolicy', 'Role', 'RoleBinding'];
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether the API server accepts a namespace of this name: a DNS label. */
export function isNamespaceName(text: string): boolean {
  return NAME.test(text);
}

const isNamespaced = (document: YamlDocument): boolean => NAMESPACED.includes(headOf(document)?.kind ?? '');

const placedSchema = z.looseObject({ metadata: z.looseObject({ namespace: z.unknown().optional() }) });

/** The namespace that the document itself names. @returns undefined where it names none. */
export function namedNamespace({ value }: YamlDocument): unknown {
  return placedSchema.safeParse(value).data?.metadata.namespace;
}

/** The document as it is applied to a namespace: it is in that, unless it names one or is in none. */
export function placedIn(document: YamlDocument, namespace: string | undefined): YamlDocument {
  if (namespace === undefined || !isNamespaced(document)) return document;
  const { data } = placedSchema.safeParse(document.value);
  if (data === undefined || data.metadata.namespace !== undefined) return document;
  return documentAt(document, [], { ...data, metadata: { ...data.metadata, namespace } });
}

/** What kubectl has against a document that names another namespace than the one in which it is to be. */
export function misplaced(document: YamlDocument, file: string, namespace: string | undefined): ManifestIssue[] {
  if (namespace === undefined || !isNamespaced(document)) return [];
  const named = namedNamespace(document);
  if (typeof named !== 'string' || named === namespace) return [];
  const issues = new DocumentIssues(document, file, headOf(document)?.title ?? '');
  const message = `the namespace from the provided object "${named}" does not match the namespace "${namespace}" that is given`;
  issues.add(['metadata', 'namespace'], message);
  return issues.list;
}
