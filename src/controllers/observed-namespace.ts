import { z } from 'zod';

const rawNamespaceSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** What injection reads of a namespace. */
export interface ObservedNamespace {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly annotations: Readonly<Record<string, string>>;
}

/** @throws ZodError when it is no namespace. */
export function parseNamespace(raw: unknown): ObservedNamespace {
  const { name, uid, resourceVersion, annotations } = rawNamespaceSchema.parse(raw).metadata;
  const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('davylamp.dev/'));
  return { metadata: { name, uid, resourceVersion }, annotations: Object.fromEntries(ours) };
}
