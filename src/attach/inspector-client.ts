import { WebSocket } from 'ws';
import { z } from 'zod';

/** Just enough of the inspector's protocol to evaluate something in another process, once. */

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string().optional() }));

const answerSchema = z.object({
  id: z.number().optional(),
  error: z.object({ message: z.string() }).optional(),
  result: z
    .object({
      result: z.object({ value: z.unknown() }).optional(),
      exceptionDetails: z.object({ exception: z.object({ description: z.string().optional() }).optional() }).optional(),
    })
    .optional(),
});

const REQUEST_MILLISECONDS = 1_000;
/** How long the WebSocket may take to open, also on a busy machine. */
const HANDSHAKE_MILLISECONDS = 5_000;
const EVALUATE_MILLISECONDS = 5_000;

/** The inspector's address on this port of the machine, or undefined when nothing (or nothing of that kind) listens. */
export async function findInspector(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/json/list`, {
      signal: AbortSignal.timeout(REQUEST_MILLISECONDS),
    });
    return targetsSchema.parse(await response.json())[0]?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

export class InspectorClient {
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async connect(url: string): Promise<InspectorClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MILLISECONDS });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    // 'close' follows every error and is handled.
    socket.on('error', () => {});
    return new InspectorClient(socket);
  }

  /**
   * The value of an expression in the main context, as JSON carries it.
   * @throws Error with the description of what the expression threw, or when the process does not answer in time.
   */
  evaluate(expression: string): Promise<unknown> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#socket.off('message', receive);
        this.#socket.off('close', closed);
      };
      const fail = (message: string): void => {
        finish();
        reject(new Error(message));
      };
      const closed = (): void => fail('the inspector closed the connection');
      const timer = setTimeout(() => fail(`no answer within ${EVALUATE_MILLISECONDS} ms`), EVALUATE_MILLISECONDS);
      const receive = (data: unknown): void => {
        const answer = answerSchema.safeParse(JSON.parse(String(data)));
        if (!answer.success || answer.data.id !== id) return;
        const { error, result } = answer.data;
        const thrown = result?.exceptionDetails && (result.exceptionDetails.exception?.description ?? 'it threw');
        const problem = error?.message ?? thrown;
        if (problem !== undefined) {
          fail(problem);
        } else {
          finish();
          resolve(result?.result?.value);
        }
      };
      this.#socket.on('message', receive);
      this.#socket.on('close', closed);
      this.#socket.send(
        JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression, returnByValue: true } }),
      );
    });
  }

  close(): void {
    this.#socket.terminate();
  }
}
