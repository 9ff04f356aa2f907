import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { z } from 'zod';

/** Minor version that is downloaded; what is built instead is the version in kubernetes/apiserver/go.mod. */
const MINOR = 'v1.36.';
const RELEASES = 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
const INDEX_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
const PROGRAMS = ['etcd', 'kube-apiserver'] as const;

export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
}

/**
 * A real etcd and kube-apiserver: from KUBEBUILDER_ASSETS, else from the cache, else downloaded into it (as envtest does), else built from
 * Go modules into it. What happens is said on standard error, because the last takes minutes.
 * @throws Error that says what was tried, if none of it works.
 */
export async function findBinaries(): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets) {
    if (!isComplete(assets)) throw new Error(`KUBEBUILDER_ASSETS=${assets} lacks one of ${PROGRAMS.join(', ')}`);
    return inDirectory(assets);
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'davylamp', `kubernetes-${MINOR}x`);
  if (isComplete(cache)) return inDirectory(cache);
  const failures: string[] = [];
  for (const [what, fill] of [
    ['download', download],
    ['build', build],
  ] as const) {
    // Filled aside and moved as a whole, so that a run that was cut off leaves nothing half done.
    mkdirSync(join(cache, '..'), { recursive: true });
    const directory = mkdtempSync(`${cache}.`);
    try {
      await fill(directory);
      if (!isComplete(directory)) throw new Error(`it has not brought ${PROGRAMS.join(' and ')}`);
      rmSync(cache, { recursive: true, force: true });
      renameSync(directory, cache);
      return inDirectory(cache);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${what}: ${message}`);
      say(`${what} of kube-apiserver and etcd failed: ${message}`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  throw new Error(
    `The integration tests need a real kube-apiserver and etcd. Set KUBEBUILDER_ASSETS to a folder that has both. Tried: ${failures.join('; ')}`,
  );
}

const releasesSchema = z.object({
  releases: z.record(z.string(), z.record(z.string(), z.object({ hash: z.string(), selfLink: z.url() }))),
});

async function download(directory: string): Promise<void> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}.tar.gz`;
  const index = releasesSchema.parse(load(await (await get(RELEASES, INDEX_TIMEOUT_MS)).text()));
  const newest = Object.keys(index.releases)
    .filter((version) => version.startsWith(MINOR))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  const [, archive] =
    Object.entries(index.releases[newest ?? ''] ?? {}).find(([name]) => name.endsWith(platform)) ?? [];
  if (!archive) throw new Error(`there is no release ${MINOR}x for ${platform}`);
  say(`downloading ${archive.selfLink}`);
  const bytes = Buffer.from(await (await get(archive.selfLink, DOWNLOAD_TIMEOUT_MS)).arrayBuffer());
  if (createHash('sha512').update(bytes).digest('hex') !== archive.hash) {
    throw new Error('the archive does not have the published hash');
  }
  writeFileSync(join(directory, 'envtest.tar.gz'), bytes);
  await run('tar', ['-xzf', 'envtest.tar.gz', '--strip-components=2'], directory);
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function build(directory: string): Promise<void> {
  say('building kube-apiserver and etcd from Go modules; this takes some minutes, once');
  // A copy, because Go wants to write beside go.mod in some cases, and the repository is not its place.
  const modules = mkdtempSync(join(tmpdir(), 'davylamp-modules-'));
  const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -trimpath -mod=readonly' };
  try {
    cpSync(fileURLToPath(new URL('kubernetes', import.meta.url)), modules, { recursive: true });
    const out = ['-o', `${directory}/`];
    const flags = `-s -w ${versionFlags(readFileSync(join(modules, 'apiserver/go.mod'), 'utf8'))}`;
    const program = 'k8s.io/kubernetes/cmd/kube-apiserver';
    await run('go', ['build', '-ldflags', flags, ...out, program], join(modules, 'apiserver'), env);
    await run('go', ['build', '-ldflags', '-s -w', ...out, '.'], join(modules, 'etcd'), env);
  } finally {
    rmSync(modules, { recursive: true, force: true });
  }
}

/** Kubernetes learns its version from the linker; without it the API server takes itself for v0.0.0. */
function versionFlags(goMod: string): string {
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  if (!version) throw new Error('go.mod does not name a version of k8s.io/kubernetes');
  return Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

function run(command: string, args: string[], cwd: string, env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${signal ?? code}`));
    });
  });
}

function isComplete(directory: string): boolean {
  try {
    for (const program of PROGRAMS) accessSync(join(directory, program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function inDirectory(directory: string): Binaries {
  return { etcd: join(directory, 'etcd'), apiServer: join(directory, 'kube-apiserver') };
}

function say(message: string): void {
  process.stderr.write(`integration tests: ${message}\n`);
}
