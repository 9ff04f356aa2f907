import { z } from 'zod';

const rawNamespaceSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** The members of a namespace that injection needs, and all of its labels, by which policies select it. */
export interface ObservedNamespace {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** @throws ZodError when it is no namespace. */
export function parseNamespace(raw: unknown): ObservedNamespace {
  const { name, uid, resourceVersion, labels, annotations } = rawNamespaceSchema.parse(raw).metadata;
  return { metadata: { name, uid, resourceVersion }, labels: labels ?? {}, annotations: ours(annotations) };
}

const ours = (all: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('davylamp.dev/')));
