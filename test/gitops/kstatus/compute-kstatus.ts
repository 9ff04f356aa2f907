import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { z } from 'zod';

const verdictSchema = z.object({ status: z.string(), message: z.string() });
export type Verdict = z.infer<typeof verdictSchema>;

/** Where Go's own archives put it, which is not always in PATH. */
const path = `${process.env.PATH ?? ''}${delimiter}/usr/local/go/bin`;
/** As for the API server of the integration tests, so that modules and what is compiled of them serve both. */
const flags = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath -mod=readonly', GOWORK: 'off' };
const go = { cwd: import.meta.dirname, env: { ...process.env, ...flags, PATH: path } };
const run = promisify(execFile);

/** Why the library cannot be had here; undefined where Go is there, and has its modules or gets them. */
export async function whyNoKstatus(): Promise<string | undefined> {
  try {
    await run('go', ['version'], go);
  } catch {
    return 'there is no Go here';
  }
  try {
    await run('go', ['mod', 'download'], { ...go, timeout: 180_000 });
  } catch {
    return 'Go cannot get the modules here';
  }
  return undefined;
}

/**
 * Asks the library with which Flux reads statuses, in a program that is built for it.
 * @returns what it says of each object, in their order.
 */
export async function computeKstatus(objects: readonly unknown[]): Promise<Verdict[]> {
  const directory = await mkdtemp(join(tmpdir(), 'davylamp-kstatus-'));
  try {
    await run('go', ['build', '-o', directory, '.'], go);
    const child = spawn(join(directory, 'kstatus'), { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(objects.map((object) => JSON.stringify(object)).join('\n'));
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    if (code !== 0) throw new Error(`kstatus ended with ${code}`);
    const lines = output.trim().split('\n');
    return lines.map((line) => verdictSchema.parse(JSON.parse(line)));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
