import { z } from 'zod';
import { headOf } from '../manifests/object-head.ts';
import { objectForm, type ReadObject, readObject } from '../manifests/read-object.ts';
import type { YamlDocument } from '../manifests/yaml-source.ts';

export type Labels = Readonly<Record<string, string>>;

/** The label that the API server itself gives to every namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

const namespaceSchema = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: z.object({ name: z.string().min(1), labels: z.record(z.string(), z.string()).nullish() }),
});
const FORM = objectForm(namespaceSchema, ['metadata', 'spec', 'status']);

export type Namespace = z.infer<typeof namespaceSchema>;

/** Reads a Namespace, whose labels policies select. @returns undefined for any other object. */
export function readNamespace(document: YamlDocument, file: string): ReadObject<Namespace> | undefined {
  const head = headOf(document);
  if (head?.apiVersion !== 'v1' || head.kind !== 'Namespace') return undefined;
  return readObject(document, file, head.title, FORM);
}

/** The labels of namespaces, as far as manifests say them. */
export class NamespaceLabels {
  readonly #known: ReadonlyMap<string, Labels>;

  constructor(namespaces: readonly Namespace[]) {
    this.#known = new Map(namespaces.map(({ metadata: { name, labels } }) => [name, labels ?? {}]));
  }

  isKnown(namespace: string): boolean {
    return this.#known.has(namespace);
  }

  /** @param more besides those of the manifest. */
  of(namespace: string, more: Labels = {}): Labels {
    return { ...this.#known.get(namespace), ...more, [NAME_LABEL]: namespace };
  }
}
