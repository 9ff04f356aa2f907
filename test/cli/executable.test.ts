import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** bin/davylamp as a machine meets it whose own Node.js may be too old, or missing. */
describe('the executable', () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'davylamp-bin-'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  /** A PATH with what every machine has, and these programs. */
  function machine(programs: Record<string, string>): string {
    const bin = join(place, 'machine');
    mkdirSync(bin);
    for (const name of ['readlink', 'tail']) {
      const found = ['/usr/bin', '/bin'].find((directory) => spawnSync(join(directory, name)).error === undefined);
      symlinkSync(join(found ?? '', name), join(bin, name));
    }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    return bin;
  }

  /** The package as `npm install --global` leaves it: without its development dependencies. */
  function installedAs(name: string): string {
    const own = join(place, 'lib/davylamp');
    mkdirSync(join(own, 'bin'), { recursive: true });
    symlinkSync(join(root, 'dist'), join(own, 'dist'));
    writeFileSync(join(own, 'package.json'), '{"type": "module"}');
    spawnSync('cp', [join(root, 'bin/davylamp'), join(own, 'bin/davylamp')]);
    mkdirSync(join(place, 'bin'));
    symlinkSync('../lib/davylamp/bin/davylamp', join(place, 'bin', name));
    return join(place, 'bin', name);
  }

  function run(executable: string, path: string, more: NodeJS.ProcessEnv = {}) {
    const environment = { PATH: path, HOME: place, ...more };
    return spawnSync('/bin/sh', [executable, 'version'], { env: environment, encoding: 'utf8' });
  }

  const OLD = 'exit 1';
  const NPM = `case "$*" in *node@24*) echo ${process.execPath} ;; *) exit 1 ;; esac`;
  const works = { status: 0, stdout: expect.stringMatching(/^davylamp .* Node\.js 24\./) };

  it('runs in a clone without any Node.js in the PATH, through a link from anywhere', () => {
    symlinkSync(join(root, 'bin/davylamp'), join(place, 'kubectl-davylamp'));
    expect(run(join(place, 'kubectl-davylamp'), machine({}))).toMatchObject(works);
  });

  it('is the plugin of kubectl under its name, and itself under its own', () => {
    symlinkSync(join(root, 'bin/davylamp'), join(place, 'kubectl-davylamp'));
    const help = (executable: string) => spawnSync(executable, ['--help'], { encoding: 'utf8' }).stdout;
    expect(help(join(place, 'kubectl-davylamp'))).toMatch(/^Usage: kubectl davylamp /);
    expect(help(join(root, 'bin/davylamp'))).toMatch(/^Usage: davylamp /);
  });

  it('takes the Node.js of the PATH when it is installed and that one is new enough', () => {
    expect(run(installedAs('davylamp'), dirname(process.execPath).concat(':', machine({})))).toMatchObject(works);
  });

  it('takes one from npm when that of the machine is too old', () => {
    expect(run(installedAs('davylamp'), machine({ node: OLD, npm: NPM }))).toMatchObject(works);
  });

  it('takes the newer one of a version manager when that of the PATH is too old', () => {
    const managed = join(place, '.nvm/versions/node/v24.1.0/bin');
    mkdirSync(managed, { recursive: true });
    symlinkSync(process.execPath, join(managed, 'node'));
    expect(run(installedAs('kubectl-davylamp'), machine({ node: OLD }))).toMatchObject(works);
  });

  it('takes the one that it is told', () => {
    const executable = installedAs('davylamp');
    expect(run(executable, machine({ node: OLD }), { DAVYLAMP_NODE: process.execPath })).toMatchObject(works);
  });

  it('says what to do when there is none', () => {
    const { status, stderr } = run(installedAs('davylamp'), machine({ node: OLD, npm: OLD }));
    expect(status).toBe(2);
    expect(stderr).toMatch(/needs Node\.js 22 or newer, found none.*set DAVYLAMP_NODE/);
  });

  it('says what to do when it was not built', () => {
    const executable = installedAs('davylamp');
    rmSync(join(place, 'lib/davylamp/dist'));
    expect(run(executable, machine({})).stderr).toMatch(/run `npm run build` in /);
  });
});
