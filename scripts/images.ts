import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Builds the images `localhost/davylamp-{operator,agent,orders}:$IMAGE_TAG` (default `dev`) with docker or buildah, whichever
 * is there. `BASE` names another Node.js image; arguments choose single images.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const tag = process.env.IMAGE_TAG ?? 'dev';
const targets = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['operator', 'agent', 'orders'];

function run(command: string, args: string[]): void {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${done.status ?? done.signal ?? done.error?.message}`);
}

const works = (command: string, args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

// `docker version` also asks the engine: a client alone builds nothing.
const builder = works('docker', ['version'])
  ? ['docker', 'build']
  : works('buildah', ['--version'])
    ? ['buildah', 'build', '--isolation', 'chroot']
    : undefined;
if (builder === undefined) {
  console.error('error: needs a running docker engine or buildah');
  process.exit(1);
}
const [command = '', ...args] = builder;

run(process.execPath, ['scripts/build.ts', '--quiet']);
for (const target of targets) {
  const image = `localhost/davylamp-${target}:${tag}`;
  const base = process.env.BASE ? ['--build-arg', `BASE=${process.env.BASE}`] : [];
  run(command, [...args, '--quiet', '--target', target, ...base, '--tag', image, '.']);
  console.log(`built ${image}`);
}
