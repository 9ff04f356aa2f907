import { z } from 'zod';

/** The members of a pod that injection reads. Lists may be null, as Kubernetes writes empty ones at times. */

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? undefined);
const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((entries) => entries ?? undefined);
const userSchema = z.object({ runAsUser: z.int().nullish() }).nullish();

const containerSchema = z.object({
  name: z.string(),
  env: list(z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() })),
  envFrom: list(z.unknown()),
  volumeMounts: list(z.object({ name: z.string(), mountPath: z.string() })),
  securityContext: userSchema,
});

export const podSchema = z.object({
  metadata: z
    .object({ name: z.string().optional(), generateName: z.string().optional(), labels: map, annotations: map })
    .default({ labels: undefined, annotations: undefined }),
  spec: z.object({
    containers: z.array(containerSchema),
    initContainers: list(z.object({ name: z.string() })),
    imagePullSecrets: list(z.object({ name: z.string().optional() })),
    volumes: list(z.object({ name: z.string() })),
    securityContext: userSchema,
  }),
});

export type Pod = z.infer<typeof podSchema>;
export type Container = z.infer<typeof containerSchema>;
