import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNotFound } from '../../src/kube/api-error.ts';
import { isNotRunning } from '../../src/kube/attach-stream.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { apply, eventually, get, type Json, kubectl } from './kubectl.ts';
import { freshNamespace, ORDERS_IMAGE } from './workloads.ts';

/** Says what it reads, and that its input has ended. */
const READER = `
process.stdin.on('data', (data) => console.log('read ' + data)).on('end', () => console.log('end'));
setInterval(() => {}, 1000);`;

/** A text for the standard input of a container that was added to a running pod, as an attached agent gets its credential. */
describe('the input of an ephemeral container', () => {
  const namespace = 'e2e-attach-stream';
  let client: KubeClient;

  beforeAll(async () => {
    client = KubeClient.fromDefault();
    await freshNamespace(namespace);
    const container = { name: 'app', image: ORDERS_IMAGE, imagePullPolicy: 'IfNotPresent' };
    const command = ['node', '-e', 'setInterval(() => {}, 1000)'];
    const spec = { terminationGracePeriodSeconds: 0, containers: [{ ...container, command }] };
    await apply(namespace, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'orders' }, spec });
    await kubectl('wait', 'pod/orders', '-n', namespace, '--for=condition=Ready', '--timeout=60s');
    await addReader('reader', ORDERS_IMAGE);
    await eventually('a running reader', async () => (await stateOf('reader'))?.running !== undefined);
  });
  afterAll(() => client.close());

  async function addReader(name: string, image: string): Promise<void> {
    const container = { name, image, imagePullPolicy: 'Never', command: ['node', '-e', READER] };
    const patch = { spec: { ephemeralContainers: [{ ...container, stdin: true, stdinOnce: true }] } };
    const where = ['pod/orders', '-n', namespace, '--subresource=ephemeralcontainers', '--type=strategic'];
    await kubectl('patch', ...where, '-p', JSON.stringify(patch));
  }

  async function stateOf(name: string): Promise<Json> {
    const { status } = await get(namespace, 'pod', 'orders');
    return status.ephemeralContainerStatuses?.find((one: Json) => one.name === name)?.state;
  }

  const send = (container: string, text: string): Promise<void> =>
    client.sendInput({ namespace, name: 'orders', container }, text);
  const log = (): Promise<string> => kubectl('logs', 'orders', '-n', namespace, '-c', 'reader');

  it('gets the text and its end; a second text is taken by the node and reaches nobody', async () => {
    await send('reader', 'first\n');
    await eventually('the end of the input', async () => (await log()).includes('end'));
    await send('reader', 'second\n');
    expect(await log()).toBe('read first\n\nend\n');
  });

  it('gets nothing while the container does not run, or where there is none', async () => {
    await addReader('missing', 'localhost/davylamp-nothing:dev');
    await eventually('a reader that waits', async () => (await stateOf('missing'))?.waiting !== undefined);
    await expect(send('missing', 'x')).rejects.toSatisfy(isNotRunning);
    await expect(send('nobody', 'x')).rejects.toMatchObject({ status: 400, reason: 'BadRequest' });
    const gone = client.sendInput({ namespace, name: 'gone', container: 'app' }, 'x');
    await expect(gone).rejects.toSatisfy(isNotFound);
  });
});
