import { kubectl, type Output, run, shell } from './kubectl.ts';

/**
 * Installs Davylamp as a user would: images loaded by DAVYLAMP_E2E_LOAD, Helm, then the example service. The cluster is the one
 * that KUBECONFIG names; a second run upgrades what is there. DAVYLAMP_E2E_MUSL says that the images of `.ci/musl-images` were built.
 */
export const SYSTEM = 'davylamp-system';
const tag = process.env.IMAGE_TAG ?? 'dev';

export async function setup(): Promise<void> {
  if (!process.env.KUBECONFIG) throw new Error('set KUBECONFIG: these tests need a real cluster');
  const load = process.env.DAVYLAMP_E2E_LOAD ?? 'kind load docker-image';
  const own = ['operator', 'agent', 'orders'].map((image) => `davylamp-${image}:${tag}`);
  const others = process.env.DAVYLAMP_E2E_MUSL ? ['davylamp-distroless:dev', 'davylamp-npm:dev'] : [];
  for (const image of [...own, ...others]) {
    const { code, stderr } = await shell(`${load} localhost/${image}`);
    if (code !== 0) throw new Error(`${load} ${image}: ${stderr} (build it with npm run images)`);
  }
  await installChart();
}

export async function installChart(): Promise<void> {
  const helm = await upgrade(tag, '--wait', '--timeout', '120s');
  if (helm.code !== 0) {
    const pods = await kubectl('get', 'pods', '-n', SYSTEM, '-o', 'wide');
    const logs = await kubectl('logs', '-n', SYSTEM, '-l', 'app.kubernetes.io/name=davylamp', '--tail=50');
    throw new Error(`helm: ${helm.stderr}\n${pods}\n${logs}`);
  }
}

/** `helm upgrade --install` with this tag of the agent's image. */
export function upgrade(agentTag: string = tag, ...more: string[]): Promise<Output> {
  const release = ['davylamp', 'charts/davylamp', '--namespace', SYSTEM, '--create-namespace'];
  const values = ['--set', `image.tag=${tag}`, '--set', `agent.image.tag=${agentTag}`, '--set', 'replicas=2'];
  return run('helm', ['upgrade', '--install', ...release, ...values, ...more]);
}
