import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { apiVersion, MUTATING_WEBHOOKS, type Resource, VALIDATING_WEBHOOKS } from '../kube/resource.ts';

/** The configurations that the chart installs, each of which may be switched off. */
export const WEBHOOK_CONFIGURATIONS: readonly { readonly resource: Resource; readonly name: string }[] = [
  { resource: MUTATING_WEBHOOKS, name: 'davylamp' },
  { resource: MUTATING_WEBHOOKS, name: 'davylamp-probes' },
  { resource: VALIDATING_WEBHOOKS, name: 'davylamp' },
];
/** Field manager of the caBundle and nothing else. Never renamed: the old name would go on owning the field. */
const FIELD_MANAGER = 'davylamp-webhook';
const CHECK_MILLISECONDS = 15_000;
const RETRY_MILLISECONDS = 2_000;

const configurationSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  webhooks: z
    .array(z.object({ name: z.string(), clientConfig: z.object({ caBundle: z.string().optional() }) }))
    .default([]),
});

export type Registration = 'Absent' | 'Current' | 'Patched';

/**
 * Writes the authority into every webhook of every configuration, so that the API server trusts the webhook's certificate.
 * @returns `Absent` where there is none of them, `Patched` where any had to be written.
 */
export async function registerAuthority(client: KubeClient, caPem: string): Promise<Registration> {
  const done: Registration[] = [];
  for (const { resource, name } of WEBHOOK_CONFIGURATIONS) done.push(await register(client, resource, name, caPem));
  const strongest: readonly Registration[] = ['Patched', 'Current'];
  return strongest.find((one) => done.includes(one)) ?? 'Absent';
}

/** An absent configuration (injection switched off in the chart) is left absent. */
async function register(client: KubeClient, resource: Resource, name: string, caPem: string): Promise<Registration> {
  const ref = { name };
  const answer = await client.get(resource, ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (answer === undefined) return 'Absent';
  const { metadata, webhooks } = configurationSchema.parse(answer);
  const caBundle = Buffer.from(caPem).toString('base64');
  if (webhooks.every(({ clientConfig }) => clientConfig.caBundle === caBundle)) return 'Current';
  const body = {
    apiVersion: apiVersion(resource),
    kind: resource.kind,
    // With the uid, apply fails if the object has just been deleted, instead of creating a new one.
    metadata: { name, uid: metadata.uid },
    webhooks: webhooks.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle } })),
  };
  await client.apply(resource, ref, body, { fieldManager: FIELD_MANAGER, force: true });
  return 'Patched';
}

/** Repeats {@link registerAuthority} until `signal` aborts: a chart upgrade may bring a new configuration at any time. */
export async function keepRegistered(options: {
  client: KubeClient;
  /** PEM of the authority, read anew each time: one that another replica has replaced must not overwrite the new one. */
  caPem(): Promise<string>;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { client, caPem, log, signal } = options;
  while (!signal.aborted) {
    let wait = CHECK_MILLISECONDS;
    try {
      const registration = await registerAuthority(client, await caPem());
      if (registration === 'Patched') log.info('webhook configuration has the authority now');
    } catch (error) {
      wait = RETRY_MILLISECONDS;
      log.warn({ error }, 'authority and webhook configuration could not be checked');
    }
    await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
