import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Leaf } from '../gateway/certificates/authority.ts';
import { listen } from '../listen.ts';
import { type AdmissionResponse, NotAReview, type Reviewer, readReview } from './review.ts';

/** Label values of the webhook's one counter. */
export const ADMISSION_OUTCOMES = ['patched', 'unchanged', 'denied', 'error'] as const;
export type AdmissionOutcome = (typeof ADMISSION_OUTCOMES)[number];

export interface AdmissionServerOptions {
  /** By the path of the webhook, as the chart's configurations have it. */
  readonly reviewers: Readonly<Record<string, Reviewer>>;
  readonly tls: Pick<Leaf, 'certPem' | 'keyPem'>;
  readonly log: Logger;
  readonly metrics: { admission(outcome: AdmissionOutcome): void };
}

/** Paths of the webhooks, as the chart's configurations have them. */
export const ADMISSION_PATHS = {
  injectPod: '/mutate',
  recordRequester: '/mutate-probe',
  reviewProbe: '/validate-probe',
  reviewPolicy: '/validate-policy',
} as const;

const MAX_BODY_BYTES = 3 * 1024 * 1024;
const REQUEST_MILLISECONDS = 10_000;
/**
 * How long an unused connection is kept: longer than the 90 s after which the API server closes it (IdleConnTimeout of
 * client-go's transports). A review on a connection that is being closed here would fail and not be repeated: its pod would get no agent.
 */
const KEEP_ALIVE_MILLISECONDS = 300_000;

/** A request that is no AdmissionReview of an API server; `status` is that of the HTTP answer. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The webhooks. Every replica serves them, leader or not. That for pods never forbids one: after an error the pod only gets no agent, as
 * `failurePolicy: Ignore` does when the webhook cannot be reached. Those for probes fail closed: what cannot be decided is not let in.
 */
export class AdmissionServer {
  readonly #options: AdmissionServerOptions;
  readonly #server: Server;
  #isDraining = false;

  constructor(options: AdmissionServerOptions) {
    this.#options = options;
    this.#server = createServer(
      {
        cert: options.tls.certPem,
        key: options.tls.keyPem,
        handshakeTimeout: REQUEST_MILLISECONDS,
        headersTimeout: REQUEST_MILLISECONDS,
        requestTimeout: REQUEST_MILLISECONDS,
        keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
      },
      (request, response) => void this.#answer(request, response),
    );
  }

  /** @returns the port that it listens on. */
  listen(port: number, host?: string): Promise<number> {
    return listen(this.#server, { port, host });
  }

  updateCertificate(tls: Pick<Leaf, 'certPem' | 'keyPem'>): void {
    this.#server.setSecureContext({ cert: tls.certPem, key: tls.keyPem });
  }

  /**
   * Goes on serving for `drainMilliseconds`, and closes each connection after its next answer, so that clients connect to another replica;
   * then answers pending requests, for 2 s at most, and stops.
   */
  async close(drainMilliseconds = 0): Promise<void> {
    this.#isDraining = true;
    await delay(drainMilliseconds);
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), 2_000);
    await closed;
    clearTimeout(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log, metrics, reviewers } = this.#options;
    if (this.#isDraining) response.shouldKeepAlive = false;
    try {
      const reviewer = reviewers[request.url?.split('?', 1)[0] ?? ''];
      if (reviewer === undefined) throw new Refused(404, `only ${Object.keys(reviewers).join(', ')} are served here`);
      if (request.method !== 'POST') throw new Refused(405, 'an AdmissionReview is sent with POST');
      const answer = await reviewer(readReview(await readJson(request)));
      metrics.admission(outcomeOf(answer));
      const { uid, allowed, warnings } = answer;
      log.debug({ uid, allowed, patched: answer.patch !== undefined, warnings }, 'review answered');
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    } catch (error) {
      metrics.admission('error');
      const status = error instanceof Refused ? error.status : error instanceof NotAReview ? 400 : 500;
      log.warn({ error, status }, 'admission request not answered');
      if (response.destroyed) return;
      // The body of the request may still be arriving, so the connection cannot be used again.
      response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
      response.end(error instanceof Error && status !== 500 ? `${error.message}\n` : 'internal error\n');
    }
  }
}

function outcomeOf({ allowed, patch }: AdmissionResponse): AdmissionOutcome {
  if (!allowed) return 'denied';
  return patch === undefined ? 'unchanged' : 'patched';
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Refused(413, `an AdmissionReview has at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new NotAReview('not JSON');
  }
}
