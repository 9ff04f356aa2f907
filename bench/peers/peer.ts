import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Another way to get a line of output from the same server at the same line; each is a small file of its own. */
export interface Peer {
  readonly name: string;
  /** @returns the server with one log line per request, or undefined where the product is not installed. */
  start(): Promise<PeerServer | undefined>;
}

export interface PeerServer {
  readonly port: number;
  stop(): Promise<void>;
}

export const LINE_OF_RETURN = 8;
export const HTTP_PROGRAM = fileURLToPath(new URL('../programs/http.cjs', import.meta.url));

/** Starts the server of the benchmark with other flags, arguments or variables. */
export async function startServer(
  options: {
    readonly flags?: readonly string[];
    readonly args?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): Promise<PeerServer & { readonly child: ChildProcess }> {
  const { NODE_OPTIONS: _, DAVYLAMP_RUN: __, ...environment } = process.env;
  const child = spawn(process.execPath, [...(options.flags ?? []), HTTP_PROGRAM, ...(options.args ?? [])], {
    env: { ...environment, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  return {
    child,
    port: Number(first),
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
