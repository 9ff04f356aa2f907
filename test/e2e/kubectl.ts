import { spawn } from 'node:child_process';

/** Drives the cluster as a user does: with kubectl. Nothing here knows what kind of cluster it is. */

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(command: string, args: readonly string[], input?: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.end(input ?? '');
  });
}

/** Runs a shell line, for commands that the environment gives. */
export const shell = (line: string): Promise<Output> => run('bash', ['-c', line]);

export async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('kubectl', args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

export const tryKubectl = (...args: string[]): Promise<Output> => run('kubectl', args);

/** Applies objects, given as plain values or as YAML; rejects with what the API server said. */
export async function apply(namespace: string, ...manifests: (object | string)[]): Promise<void> {
  const text = manifests
    .map((manifest) => (typeof manifest === 'string' ? manifest : JSON.stringify(manifest)))
    .join('\n---\n');
  const { code, stderr } = await run('kubectl', ['apply', '-n', namespace, '-f', '-'], text);
  if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
}

// biome-ignore lint/suspicious/noExplicitAny: a test asserts on whatever the API server answers
export type Json = any;

export async function get(namespace: string, kind: string, name?: string): Promise<Json> {
  return JSON.parse(await kubectl('get', kind, ...(name ? [name] : []), '-n', namespace, '-o', 'json'));
}

/**
 * Asks again until `probe` returns something truthy, and returns that.
 * @param seconds how long at most; the error then shows what was seen last.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | false | undefined>,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(
        `not within ${seconds} s: ${what}; last seen: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export const conditionOf = (object: Json, type: string): Json =>
  object.status?.conditions?.find((condition: Json) => condition.type === type);

/** Waits until the object's status passes; fails with the last status. */
export async function untilStatus(
  namespace: string,
  kind: string,
  name: string,
  what: string,
  test: (status: Json) => boolean,
  seconds = 60,
): Promise<Json> {
  let last: Json;
  try {
    return await eventually(
      what,
      async () => {
        last = await get(namespace, kind, name);
        return last.status && test(last.status) ? last : undefined;
      },
      seconds,
    );
  } catch {
    throw new Error(
      `${kind}/${name}: not within ${seconds} s: ${what}; status: ${JSON.stringify(last?.status, null, 1)}`,
    );
  }
}
