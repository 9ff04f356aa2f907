import { z } from 'zod';
import type { YamlDocument } from './yaml-source.ts';

/** What tells an object from others, whatever else is wrong in it. */
export interface ObjectHead {
  readonly group: string;
  readonly apiVersion: string;
  /** Empty where it is missing. */
  readonly kind: string;
  /** As messages call it: `DynamicLog large-orders`. */
  readonly title: string;
}

const headSchema = z.object({
  apiVersion: z.string(),
  kind: z.string().catch(''),
  metadata: z.object({ name: z.string().optional().catch(undefined) }).catch({}),
});

/** @returns undefined for what is no object of Kubernetes at all. */
export function headOf({ value }: YamlDocument): ObjectHead | undefined {
  const head = headSchema.safeParse(value);
  if (!head.success) return undefined;
  const { apiVersion, kind, metadata } = head.data;
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return { group, apiVersion, kind, title: [kind, metadata.name].filter(Boolean).join(' ') };
}
