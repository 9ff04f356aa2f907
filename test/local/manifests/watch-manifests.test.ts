import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, onTestFinished } from 'vitest';
import { watchManifests } from '../../../src/local/manifests/watch-manifests.ts';

it('hears of a changed manifest also where another file of the directory is written all the time', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'watch-'));
  const manifest = join(directory, 'probe.yaml');
  await writeFile(manifest, 'a: 1');
  let written = Promise.resolve();
  const busy = setInterval(() => {
    written = writeFile(join(directory, 'app.log'), String(performance.now()));
  }, 20);
  for (const path of [manifest, directory]) {
    const changed = Promise.withResolvers<void>();
    const watcher = watchManifests([path], changed.resolve);
    onTestFinished(() => watcher.close());
    await writeFile(manifest, 'a: 2');
    await changed.promise;
  }
  clearInterval(busy);
  await written;
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
});
