import { get } from 'node:http';
import { WebSocket } from 'ws';
import * as z from 'zod/mini';

/** Just enough of the inspector's protocol to evaluate something in another process. */

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.optional(z.string()) }));

const answerSchema = z.object({
  id: z.optional(z.number()),
  error: z.optional(z.object({ message: z.string() })),
  result: z.optional(
    z.object({
      result: z.optional(z.object({ value: z.optional(z.unknown()) })),
      exceptionDetails: z.optional(
        z.object({ exception: z.optional(z.object({ description: z.optional(z.string()) })) }),
      ),
    }),
  ),
});

const REQUEST_MILLISECONDS = 5_000;
/** How long the WebSocket may take to open, also on a busy machine. */
const HANDSHAKE_MILLISECONDS = 5_000;
/** Longer than what keeps an event loop busy: loops are interrupted, but not what waits in native code. */
const EVALUATE_MILLISECONDS = 10_000;

const MOST_CHARACTERS = 64 * 1024;

/** The inspector went away, as when another agent closes it in that moment. */
export class InspectorGoneError extends Error {
  override name = 'InspectorGoneError';
}

/** The process has not answered, and may yet do what it was asked for. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
}

/** The inspector's address on this port, or undefined when nothing (or nothing of that kind) listens. */
export async function findInspector(port: number, host = '127.0.0.1'): Promise<string | undefined> {
  try {
    const text = await read(port, host);
    const [first] = targetsSchema.parse(JSON.parse(text));
    return first?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

/** Without `fetch`, which alone would be megabytes of every agent. */
function read(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(REQUEST_MILLISECONDS);
    const request = get({ host, port, path: '/json/list', agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > MOST_CHARACTERS) response.destroy();
      });
      response.on('error', reject);
      response.on('close', () => resolve(text));
    });
    request.on('error', reject);
  });
}

interface Evaluation {
  readonly expression: string;
  readonly awaitPromise?: boolean;
  readonly includeCommandLineAPI?: boolean;
}

export class InspectorClient {
  /** The port of this end of the connection. */
  readonly localPort: number;
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket, localPort: number) {
    this.#socket = socket;
    this.localPort = localPort;
  }

  /** @throws InspectorGoneError */
  static async connect(url: string): Promise<InspectorClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MILLISECONDS });
    let localPort = 0;
    socket.once('upgrade', (response) => {
      localPort = response.socket.localPort ?? 0;
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', ({ message }) => reject(new InspectorGoneError(message)));
    });
    // 'close' follows every error and is handled.
    socket.on('error', () => {});
    return new InspectorClient(socket, localPort);
  }

  /**
   * The value of an expression in the main context, as JSON carries it.
   * @param awaits for an expression for a promise, which has to be held meanwhile: what it resolves to is the value.
   * @throws NoAnswerError when the process does not answer in time; InspectorGoneError; Error with the description of what the expression threw
   */
  evaluate(expression: string, awaits = false): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#socket.off('message', receive);
        this.#socket.off('close', closed);
      };
      const fail = (error: Error): void => {
        finish();
        reject(error);
      };
      const closed = (): void => fail(new InspectorGoneError('the inspector closed the connection'));
      const overdue = () => fail(new NoAnswerError(`no answer within ${EVALUATE_MILLISECONDS / 1000} s`));
      const timer = setTimeout(overdue, EVALUATE_MILLISECONDS);
      const receive = (data: unknown): void => {
        const answer = answerSchema.safeParse(parsed(data));
        if (!answer.success || answer.data.id !== id) return;
        const { error, result } = answer.data;
        const thrown = result?.exceptionDetails && (result.exceptionDetails.exception?.description ?? 'it threw');
        const problem = error?.message ?? thrown;
        if (problem !== undefined) {
          fail(new Error(problem));
        } else {
          finish();
          resolve(result?.result?.value);
        }
      };
      this.#socket.on('message', receive);
      this.#socket.on('close', closed);
      this.#send(id, { expression, awaitPromise: awaits });
    });
  }

  /** Closes the connection after what was sent; the expression, which finds `require`, is evaluated at last, whenever the process gets to it. */
  close(last?: string): void {
    if (last !== undefined) this.#send(this.#last + 1, { expression: last, includeCommandLineAPI: true });
    this.#socket.close();
    setTimeout(() => this.#socket.terminate(), HANDSHAKE_MILLISECONDS).unref();
  }

  #send(id: number, params: Evaluation): void {
    const message = { id, method: 'Runtime.evaluate', params: { ...params, returnByValue: true } };
    this.#socket.send(JSON.stringify(message), () => {});
  }
}

function parsed(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
