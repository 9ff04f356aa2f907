import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manifestTree } from '../../../src/local/manifests/manifest-tree.ts';

describe('a tree of manifests', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tree-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const write = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await mkdir(join(root, name, '..'), { recursive: true });
      await writeFile(join(root, name), '');
    }
  };
  const found = async (...paths: string[]): Promise<string[]> =>
    (await manifestTree(paths.map((path) => join(root, path)))).map((path) => relative(root, path));

  it('is read at any depth, but for what nobody writes by hand', async () => {
    await write('b.yml', 'a/deep/er.yaml', 'a/x.json', 'a/notes.txt', '.git/config.yaml', 'node_modules/p/crd.yaml');
    expect(await found('.')).toEqual(['a/deep/er.yaml', 'a/x.json', 'b.yml']);
  });

  it('holds a file that is named, whatever its name is, and each file once', async () => {
    await write('a/policy', 'a/x.yaml');
    expect(await found('a/policy', 'a/x.yaml', 'a')).toEqual(['a/policy', 'a/x.yaml']);
  });

  it('is read without a file that is for something else, however it is written', async () => {
    await write('a/x.yaml', 'a/y.yaml');
    const files = await manifestTree([join(root, 'a')], join(root, 'a', '..', 'a', 'x.yaml'));
    expect(files).toEqual([join(root, 'a', 'y.yaml')]);
  });

  it('ends though a link in it leads back, and follows links to elsewhere', async () => {
    await write('a/x.yaml', 'shared/y.yaml');
    await symlink('..', join(root, 'a', 'up'));
    await symlink('../shared', join(root, 'a', 'shared'));
    expect((await found('a')).sort()).toEqual(['a/shared/y.yaml', 'a/x.yaml']);
  });

  it('says which path is not there', async () => {
    await expect(manifestTree([join(root, 'nothing')])).rejects.toThrow(
      /^there is no file or directory .*nothing; give /,
    );
  });
});
