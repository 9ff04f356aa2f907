import { createServer, type Server } from 'node:http';
import type { Registry } from '@prometheus-io/client';
import { listen } from '../listen.ts';

export interface HealthServerOptions {
  readonly registry: Registry;
  /** What this replica still waits for before it can serve; empty when it is ready, whether it leads or not. */
  waitingFor(): readonly string[];
}

/** Serves /healthz and /readyz to the kubelet and /metrics to Prometheus. Plain HTTP, since nothing in it is secret. */
export class HealthServer {
  readonly #server: Server;

  constructor({ registry, waitingFor }: HealthServerOptions) {
    this.#server = createServer(async (request, response) => {
      const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
        response.writeHead(status, { 'Content-Type': type });
        response.end(body);
      };
      if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET\n');
      switch (request.url?.split('?', 1)[0]) {
        case '/healthz':
          return answer(200, 'ok\n');
        case '/readyz': {
          const missing = waitingFor();
          return missing.length === 0 ? answer(200, 'ok\n') : answer(503, `waiting for ${missing.join(', ')}\n`);
        }
        case '/metrics':
          return registry.metrics().then(
            (text) => answer(200, text, registry.contentType),
            (error: unknown) => answer(500, `${error}\n`),
          );
        default:
          return answer(404, '/healthz /readyz /metrics\n');
      }
    });
  }

  /** @returns the port that it listens on. */
  listen(port: number, host?: string): Promise<number> {
    return listen(this.#server, { port, host });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }
}
