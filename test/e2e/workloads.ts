import { readFileSync } from 'node:fs';
import { apply, get, type Json, kubectl, tryKubectl } from './kubectl.ts';

/** Workloads that the tests look into. */

const tag = process.env.IMAGE_TAG ?? 'dev';
export const ORDERS_IMAGE = `localhost/davylamp-orders:${tag}`;

/** Namespaces that the tests of this file have made. */
const made = new Set<string>();

/** Makes a namespace of its own for a test file; an earlier run's is removed first. */
export async function freshNamespace(name: string, labels: Record<string, string> = {}): Promise<string> {
  await tryKubectl('delete', 'namespace', name, '--ignore-not-found', '--wait=true', '--timeout=120s');
  await apply('default', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  made.add(name);
  return name;
}

/** Has the namespaces of this file deleted, whose pods would keep the machine busy during the next ones. */
export async function leaveNamespaces(): Promise<void> {
  if (made.size > 0) await kubectl('delete', 'namespace', ...made, '--ignore-not-found', '--wait=false');
}

export const example = (name: string): string =>
  readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8');

/** The example orders service, as examples/orders.yaml has it, with the tag under test and with the label that asks for the agent. */
export async function deployOrders(namespace: string, replicas = 1): Promise<void> {
  await apply(
    namespace,
    example('orders.yaml')
      .replaceAll(/davylamp-orders:\S+/g, `davylamp-orders:${tag}`)
      .replace(/replicas: \d+/, `replicas: ${replicas}`)
      .replace(/^( +)app: orders\n( +spec:)/m, '$1app: orders\n$1davylamp.dev/inject: "true"\n$2'),
  );
  await rolledOut(namespace, 'orders');
}

export const rolledOut = (namespace: string, name: string): Promise<string> =>
  kubectl('rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=120s');

export interface Program {
  /** File name → text; `main.js` is started. */
  readonly files: Record<string, string>;
  readonly env?: { name: string; value?: string; valueFrom?: object }[];
  readonly envFrom?: object[];
  /** More of the pod's spec. */
  readonly pod?: object;
  /** More of the container. */
  readonly container?: object;
  /** More labels of the pod. */
  readonly labels?: Record<string, string>;
  /** Whether the pod asks for the agent; unless it does, one is added while it runs when a probe matches it. */
  readonly inject?: boolean;
}

/** A program of its own, with its files from a ConfigMap under /code. */
export async function deployProgram(namespace: string, name: string, program: Program): Promise<void> {
  const labels = { app: name };
  await apply(
    namespace,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: program.files },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: {
            labels: {
              ...labels,
              ...(program.inject === false ? {} : { 'davylamp.dev/inject': 'true' }),
              ...program.labels,
            },
          },
          spec: {
            terminationGracePeriodSeconds: 1,
            ...program.pod,
            containers: [
              {
                name: 'app',
                image: ORDERS_IMAGE,
                imagePullPolicy: 'IfNotPresent',
                command: ['node', '/code/main.js'],
                env: program.env ?? [],
                envFrom: program.envFrom ?? [],
                volumeMounts: [{ name: 'code', mountPath: '/code' }],
                ...program.container,
              },
            ],
            volumes: [{ name: 'code', configMap: { name } }],
          },
        },
      },
    },
  );
  await rolledOut(namespace, name);
}

export async function pods(namespace: string, app: string): Promise<Json[]> {
  const { items } = JSON.parse(await kubectl('get', 'pods', '-n', namespace, '-l', `app=${app}`, '-o', 'json'));
  return items.filter((pod: Json) => pod.metadata.deletionTimestamp === undefined && pod.status.phase === 'Running');
}

export async function podOf(namespace: string, app: string): Promise<string> {
  const [pod] = await pods(namespace, app);
  if (pod === undefined) throw new Error(`no running pod of ${app}`);
  return pod.metadata.name;
}

export const restarts = async (namespace: string, pod: string, container: string): Promise<number> => {
  const { status } = await get(namespace, 'pod', pod);
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all.find((one: Json) => one.name === container)?.restartCount ?? 0;
};

/** What the restricted Pod Security Standard asks of a container, and a read-only root file system. */
export const RESTRICTED = {
  securityContext: {
    runAsUser: 1000,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};
export const RESTRICTED_NAMESPACE = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** The state of an agent that was added to the running pod, as the kubelet tells it; undefined before. */
export async function attachedState(namespace: string, pod: string, container = 'davylamp-1'): Promise<Json> {
  const { status } = await get(namespace, 'pod', pod);
  return status.ephemeralContainerStatuses?.find((one: Json) => one.name === container)?.state;
}

/** A probe with the usual members filled in. */
export function dynamicLog(name: string, app: string, location: object, message: string, more: object = {}): object {
  return {
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'DynamicLog',
    metadata: { name },
    spec: { target: { selector: { matchLabels: { app } } }, location, message, ...more },
  };
}

export function snapshot(name: string, app: string, location: object, more: object = {}): object {
  return {
    apiVersion: 'davylamp.dev/v1alpha1',
    kind: 'Snapshot',
    metadata: { name },
    spec: { target: { selector: { matchLabels: { app } } }, location, ...more },
  };
}

/** Results of a probe on the standard output of the pod's agent. */
export async function logLines(namespace: string, pod: string, probe: string, container = 'davylamp'): Promise<Json[]> {
  const text = await kubectl('logs', pod, '-n', namespace, '-c', container);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((line) => line.name === probe);
}
