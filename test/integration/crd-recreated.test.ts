import { EventEmitter, once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { probeResource } from '../../src/api/kinds.ts';
import { parseProbe } from '../../src/api/parse-probe.ts';
import { isNotFound } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Informer } from '../../src/kube/informer.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/kube/resource.ts';
import { ApiServer } from './api-server.ts';
import { installCrds } from './global-setup.ts';
import { dynamicLog } from './manifests.ts';

const RESOURCE = probeResource('DynamicLog');
const CRD = { name: 'dynamiclogs.davylamp.dev' };

/** A server of its own: without its CRD no other test could go on. */
test('an informer finds its objects again after their definition was deleted and made anew', async () => {
  const api = await ApiServer.start();
  onTestFinished(() => api.stop());
  await installCrds(api.kubeconfig);
  const client = KubeClient.fromDefault({ kubeconfig: api.kubeconfig });
  onTestFinished(() => client.close());
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const news = new EventEmitter();
  const told: string[] = [];
  const informer = new Informer(client, RESOURCE, { parse: (raw) => parseProbe('DynamicLog', raw) });
  informer.onChange(({ type, object }) => {
    told.push(`${type} ${object.metadata.name}`);
    news.emit('news');
  });
  const until = async (wanted: string): Promise<void> => {
    while (!told.includes(wanted)) await once(news, 'news', { signal: AbortSignal.timeout(60_000) });
  };
  informer.start(stop.signal);
  await client.create(RESOURCE, { namespace: 'default' }, dynamicLog({}, 'before'));
  await until('added before');

  await client.delete(CUSTOM_RESOURCE_DEFINITIONS, CRD);
  await until('deleted before');
  // It goes after its objects: applied before that, it would not stay.
  await vi.waitFor(() => expect(client.get(CUSTOM_RESOURCE_DEFINITIONS, CRD)).rejects.toSatisfy(isNotFound), {
    timeout: 60_000,
  });
  await installCrds(api.kubeconfig);
  await client.create(RESOURCE, { namespace: 'default' }, dynamicLog({}, 'after'));
  await until('added after');

  expect(informer.list().map(({ metadata }) => metadata.name)).toEqual(['after']);
});
