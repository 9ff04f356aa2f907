import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import {
  GATEWAY_PATH,
  GATEWAY_SUBPROTOCOL,
  type GatewayToAgent,
  gatewayToAgentSchema,
} from '../../src/protocol/gateway-messages.ts';
import { ENFORCEMENTS } from '../../src/protocol/needed-enforcement.ts';

export interface DialOptions {
  readonly port: number;
  readonly ca: string;
  readonly token?: string;
  readonly path?: string;
  readonly protocol?: string;
  readonly servername?: string;
  /** Does not answer pings. */
  readonly deaf?: boolean;
}

function open(options: DialOptions): WebSocket {
  const { ca, servername = 'davylamp-gateway.davylamp.svc' } = options;
  const tls = { ca, servername };
  return new WebSocket(
    `wss://127.0.0.1:${options.port}${options.path ?? GATEWAY_PATH}`,
    options.protocol ?? GATEWAY_SUBPROTOCOL,
    {
      ...tls,
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      autoPong: options.deaf !== true,
    },
  );
}

/** An agent reduced to its wire: speaks any bytes, keeps what it hears. */
export class AgentClient {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  readonly #heard: GatewayToAgent[] = [];
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.#heard.push(gatewayToAgentSchema.parse(JSON.parse(String(data))));
      this.#wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.on('close', resolve));
  }

  static async dial(options: DialOptions): Promise<AgentClient> {
    const socket = open(options);
    const client = new AgentClient(socket);
    await once(socket, 'open');
    return client;
  }

  say(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** @param declared nothing for an agent of an older version. */
  hello(agentID = 'agent-0001', declared: { enforces?: readonly string[] } = { enforces: ENFORCEMENTS }): void {
    this.say({ type: 'hello', agentVersion: '0.1.0', agentID, ...declared });
  }

  /** The next frame of this type that was not yet taken. */
  async next<Type extends GatewayToAgent['type']>(type: Type): Promise<Extract<GatewayToAgent, { type: Type }>> {
    for (;;) {
      const frame = this.#heard.shift();
      if (frame === undefined)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      else if (isOf(frame, type)) return frame;
    }
  }
}

function isOf<Type extends GatewayToAgent['type']>(
  frame: GatewayToAgent,
  type: Type,
): frame is Extract<GatewayToAgent, { type: Type }> {
  return frame.type === type;
}

/** The answer to an upgrade that is refused. */
export async function dialRefused(
  options: DialOptions,
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  const socket = open(options);
  socket.on('error', () => undefined);
  const answer = await Promise.race([
    once(socket, 'unexpected-response'),
    once(socket, 'open').then(() => Promise.reject(new Error('the gateway accepted the connection'))),
  ]);
  const response: IncomingMessage = answer[1];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
