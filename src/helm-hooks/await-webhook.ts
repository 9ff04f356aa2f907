import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { z } from 'zod';

/** `operator.js await-webhook`: what the chart runs after it has installed or upgraded the operator. */

export interface WebhookAddress {
  readonly host: string;
  readonly port: number;
  /** How long to wait at most. */
  readonly seconds: number;
}

/** Connections that must succeed in a row: each may go to another replica, or to one that kube-proxy is still setting up. */
const CONNECTIONS = 5;
const BETWEEN_MILLISECONDS = 200;
const CONNECT_MILLISECONDS = 2000;

const settingsSchema = z.object({
  DAVYLAMP_WEBHOOK_HOST: z.string().min(1),
  DAVYLAMP_WEBHOOK_PORT: z.coerce.number().int().min(1).max(65_535).default(443),
  DAVYLAMP_WEBHOOK_SECONDS: z.coerce.number().int().min(1).max(600).default(60),
});

/** @throws ZodError that names the variable which is wrong. */
export function readAwaitWebhookSettings(env: NodeJS.ProcessEnv): WebhookAddress {
  const read = settingsSchema.parse(env);
  return { host: read.DAVYLAMP_WEBHOOK_HOST, port: read.DAVYLAMP_WEBHOOK_PORT, seconds: read.DAVYLAMP_WEBHOOK_SECONDS };
}

/**
 * Waits until every connection to the webhook's Service reaches a replica. The Service leads to a ready replica only after each node has
 * been told of it; a pod that is created before would get no agent, since the API server ignores webhooks that it cannot reach.
 * @returns whether it was reached in time.
 */
export async function awaitReachable({ host, port, seconds }: WebhookAddress): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  let reached = 0;
  while (performance.now() < end) {
    reached = (await isReached(host, port)) ? reached + 1 : 0;
    if (reached === CONNECTIONS) return true;
    await delay(BETWEEN_MILLISECONDS);
  }
  return false;
}

/** Whether something answers over TLS. Its certificate is not verified: the API server does that. */
async function isReached(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MILLISECONDS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.on('error', () => {}).destroy();
  }
}
