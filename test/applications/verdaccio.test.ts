import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { dynamicLog, snapshot } from '../runtime/node/harness/probe.ts';
import {
  expectCapture,
  expectCapturedIn,
  expectHits,
  limits,
  messagesOf,
  modules,
  type Running,
  runAlone,
  runProbed,
  sourceLineWith,
  TEST_MILLISECONDS,
  type Tried,
  WAYS,
} from './tried-run.ts';

const CONFIGURATION = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
packages:
  '**':
    access: $all
    publish: $authenticated
log: { type: stdout, format: pretty, level: warn }
`;

let version = 0;

/** A package registry, written in TypeScript: a package is published to it and installed from it with npm. */
const verdaccio: Tried = {
  file: join(modules, 'verdaccio/bin/verdaccio'),
  args: (port, directory) => ['--config', join(directory, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
  prepare: (directory) => writeFileSync(join(directory, 'config.yaml'), CONFIGURATION),
  // It warns of passwords that took the machine long.
  normalize: (line) => (/took \d+ms to verify|node:\d+/.test(line) ? '' : line),
  smoke: async ({ url, port, directory }: Running) => {
    version += 1;
    const npmrc = join(directory, 'npmrc');
    const npm = async (at: string, ...args: string[]) => {
      const options = ['--registry', `${url}/`, '--userconfig', npmrc, '--cache', join(directory, 'cache')];
      const { NODE_OPTIONS: _options, ...env } = process.env;
      const { stdout } = await promisify(execFile)(
        'npm',
        [...args, ...options, '--no-audit', '--no-fund', '--silent'],
        {
          cwd: at,
          env,
        },
      );
      return stdout.replaceAll(/1\.0\.\d+/g, '1.0.x');
    };
    const registered = await fetch(`${url}/-/user/org.couchdb.user:ada${version}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: `ada${version}`, password: 'secret-password' }),
    });
    const { token } = (await registered.json()) as { readonly token: string };
    writeFileSync(npmrc, `//127.0.0.1:${port}/:_authToken=${token}\n`);
    const source = join(directory, `source-${version}`);
    const user = join(directory, `user-${version}`);
    mkdirSync(source);
    mkdirSync(user);
    writeFileSync(join(source, 'package.json'), JSON.stringify({ name: '@shop/lamp', version: `1.0.${version}` }));
    writeFileSync(join(source, 'index.js'), 'module.exports = 42;');
    writeFileSync(join(user, 'package.json'), '{"name":"user"}');
    const published = await npm(source, 'publish');
    await npm(user, 'install', '@shop/lamp');
    const installed = readFileSync(join(user, 'node_modules/@shop/lamp/index.js'), 'utf8');
    const tags = await npm(user, 'dist-tag', 'ls', '@shop/lamp');
    const missing = await fetch(`${url}/not-there`);
    const refused = await fetch(`${url}/@shop%2flamp`, { method: 'PUT', body: '{}' });
    return [registered.status, published, installed, tags, missing.status, await missing.json(), refused.status];
  },
};

const STORAGE = 'src/lib/local-storage.ts';
const AUTH = 'auth/src/auth.ts';

test.each(WAYS)(
  'verdaccio takes and gives packages as ever, with probes in its TypeScript and in that of its dependencies: %s',
  async (way) => {
    const storage = (text: string) => ({
      file: STORAGE,
      line: sourceLineWith(join(modules, 'verdaccio/build/lib/local-storage.mjs.map'), STORAGE, text),
    });
    const auth = (text: string) => ({
      file: AUTH,
      line: sourceLineWith(join(modules, '@verdaccio/auth/build/auth.mjs.map'), 'src/auth.ts', text),
    });
    const added = dynamicLog(storage('const hasVersion = data.versions[version]'), '{name} {metadata.name}', {
      limits,
    });
    const adding = snapshot(storage('data.versions[version] = metadata;'), { watch: ['tag', 'metadata.name'], limits });
    const tagged = dynamicLog({ file: STORAGE, function: 'LocalStorage.addVersion', at: 'Entry' }, 'add {name}', {
      limits,
    });
    const published = dynamicLog({ file: AUTH, function: 'Auth.allow_publish', at: 'Entry' }, 'publish {packageName}', {
      limits,
    });
    const authorizing = snapshot(auth("debug('check publish permissions"), { limits });
    const asked = dynamicLog({ file: AUTH, function: 'Auth.allow_access', at: 'Entry' }, 'access to {packageName}', {
      limits,
    });

    const alone = await runAlone(verdaccio);
    const probed = await runProbed(verdaccio, [added, adding, tagged, published, authorizing, asked], way, (told) => {
      expectHits(told, 6);
      expect(messagesOf(told, added)).toEqual(['@shop/lamp @shop/lamp']);
      expect(messagesOf(told, tagged)).toEqual(['add @shop/lamp']);
      expect(messagesOf(told, published)).toEqual(['publish @shop/lamp']);
      expect(messagesOf(told, asked)).toEqual(expect.arrayContaining(['access to @shop/lamp', 'access to not-there']));
      expectCapture(told, adding, (capture) => {
        expect(capture).toMatchObject({
          frames: expect.arrayContaining([
            expect.objectContaining({
              location: expect.stringContaining(STORAGE),
              this: expect.objectContaining({ className: 'LocalStorage' }),
            }),
          ]),
          watches: [
            { name: 'tag', value: { type: 'null' } },
            { name: 'metadata.name', value: { text: '@shop/lamp' } },
          ],
        });
      });
      expectCapturedIn(told, authorizing, { location: expect.stringContaining(AUTH) });
    });
    expect(probed.answers).toEqual(alone.answers);
    expect(probed.output).toEqual(alone.output);
  },
  TEST_MILLISECONDS,
);
