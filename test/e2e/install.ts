import { kubectl, run, shell } from './kubectl.ts';

/**
 * Installs Davylamp as a user would: images loaded by DAVYLAMP_E2E_LOAD, Helm, then the example service. The cluster is the one
 * that KUBECONFIG names; a second run upgrades what is there.
 */
export const SYSTEM = 'davylamp-system';
const tag = process.env.IMAGE_TAG ?? 'dev';

export async function setup(): Promise<void> {
  if (!process.env.KUBECONFIG) throw new Error('set KUBECONFIG: these tests need a real cluster');
  const load = process.env.DAVYLAMP_E2E_LOAD ?? 'kind load docker-image';
  for (const image of ['operator', 'agent', 'orders']) {
    const { code, stderr } = await shell(`${load} localhost/davylamp-${image}:${tag}`);
    if (code !== 0) throw new Error(`${load} davylamp-${image}:${tag}: ${stderr} (build it with npm run images)`);
  }
  await installChart();
}

export async function installChart(): Promise<void> {
  const helm = await run('helm', [
    ...[
      'upgrade',
      '--install',
      'davylamp',
      'charts/davylamp',
      '--namespace',
      SYSTEM,
      '--create-namespace',
      '--wait',
      '--timeout',
      '120s',
    ],
    ...['--set', `image.tag=${tag}`, '--set', `agent.image.tag=${tag}`, '--set', 'replicas=2'],
  ]);
  if (helm.code !== 0) {
    const pods = await kubectl('get', 'pods', '-n', SYSTEM, '-o', 'wide');
    const logs = await kubectl('logs', '-n', SYSTEM, '-l', 'app.kubernetes.io/name=davylamp', '--tail=50');
    throw new Error(`helm: ${helm.stderr}\n${pods}\n${logs}`);
  }
}
