import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ATTACH_COMMAND,
  type AttachSettings,
  ephemeralContainer,
  ownContainers,
} from '../../../src/controllers/attach/container.ts';
import { attachPodSchema, attachTarget, NotEnterable } from '../../../src/controllers/attach/target.ts';
import { attachedAgentsOf } from '../../../src/pods/attached-agent.ts';

const settings: AttachSettings = {
  namespace: 'davylamp-system',
  image: 'agent:1',
  caPem: 'PEM',
  gatewayAbsenceSeconds: 600,
};
const place = { podNamespace: 'shop', podName: 'orders-1', name: 'davylamp-1', signalled: [] };
const made = (target: object = {}) =>
  ephemeralContainer(settings, { ...place, target: { containerName: 'app', ...target } });

describe('the container of an attached agent', () => {
  it('passes the restricted Pod Security Standard, and has nothing of the pod but the processes of its target', () => {
    const { securityContext, ...rest } = made({ uid: 1000, gid: 1000 });
    expect(securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(rest).toMatchObject({ targetContainerName: 'app', stdin: true, stdinOnce: true });
    expect(rest).not.toHaveProperty('volumeMounts');
  });

  it('is the user of its target, and that of nobody while it is not known', () => {
    expect(made().securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    expect(made().securityContext).not.toHaveProperty('runAsGroup');
    const root = made({ uid: 0, gid: 0, capabilities: { add: ['SYS_TIME'] } }).securityContext;
    expect(root).toMatchObject({ runAsNonRoot: false, runAsUser: 0, capabilities: { add: ['SYS_TIME'] } });
  });

  it('runs as the image does, but for the supervisor', () => {
    const [, entryPoint = ''] = /"\/app\/supervise\.sh", (.*)\]/.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(ATTACH_COMMAND).toEqual(JSON.parse(`[${entryPoint}]`));
  });

  it('tells its agent where it is, and nothing that is secret', () => {
    const { env } = ephemeralContainer(settings, {
      ...place,
      target: { containerName: 'app', uid: 1, containerID: 'abc' },
      signalled: ['1-20', '7-30'],
    });
    expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toEqual({
      DAVYLAMP_GATEWAY: 'wss://davylamp-gateway.davylamp-system.svc:8443',
      DAVYLAMP_CA: 'PEM',
      DAVYLAMP_GATEWAY_ABSENCE_SECONDS: '600',
      DAVYLAMP_POD_NAME: 'orders-1',
      DAVYLAMP_POD_NAMESPACE: 'shop',
      DAVYLAMP_MEMORY_LIMIT: '134217728',
      DAVYLAMP_TARGET_CONTAINER: 'app',
      DAVYLAMP_TARGET_CONTAINER_ID: 'abc',
      DAVYLAMP_SIGNALLED: '1-20,7-30',
    });
  });
});

describe('a container that gets a credential', () => {
  const own = { ...made({ uid: 1000 }), resources: {}, terminationMessagePath: '/dev/termination-log' };
  const isOwn = (found: object | undefined) =>
    ownContainers({ spec: { ephemeralContainers: found === undefined ? [] : [found] } }, settings).has(own.name);
  const withEnv = (name: string, value: string) => ({
    ...own,
    env: [...own.env.filter((one) => one.name !== name), { name, value }],
  });

  it('is the one that the operator made, as the API server has it', () => {
    expect(isOwn(own)).toBe(true);
  });

  it.each([
    ['has another image', { ...own, image: 'thief:1' }],
    ['has another command', { ...own, command: ['cat'] }],
    ['has arguments', { ...own, args: ['--inspect'] }],
    ['dials another gateway', withEnv('DAVYLAMP_GATEWAY', 'wss://thief:8443')],
    ['trusts another authority', withEnv('DAVYLAMP_CA', 'OTHER')],
    ['has options for Node.js', withEnv('NODE_OPTIONS', '--inspect')],
    ['has variables from elsewhere', { ...own, envFrom: [{ configMapRef: { name: 'x' } }] }],
    ['runs something after its start', { ...own, lifecycle: {} }],
    ['is absent', undefined],
  ])('is none that %s', (_, found) => {
    expect(isOwn(found)).toBe(false);
  });
});

describe('who an agent must be to enter a container', () => {
  const read = ({
    container = {},
    pod = {},
    status = {},
    spec = {},
    agents = [] as object[],
    ended = [] as object[],
  }) =>
    attachPodSchema.parse({
      metadata: { uid: 'u', resourceVersion: '1' },
      spec: {
        containers: [{ name: 'app', securityContext: container }],
        securityContext: pod,
        ephemeralContainers: agents,
        ...spec,
      },
      status: {
        containerStatuses: [{ name: 'app', containerID: 'containerd://abc', state: { running: {} }, ...status }],
        ephemeralContainerStatuses: ended,
      },
    });
  const said = (uid: number) => ({
    agents: [
      {
        name: 'davylamp-1',
        targetContainerName: 'app',
        env: [{ name: 'DAVYLAMP_TARGET_CONTAINER', value: 'app' }],
      },
    ],
    ended: [
      {
        name: 'davylamp-1',
        state: {
          terminated: {
            exitCode: 0,
            message: JSON.stringify({ version: 1, reason: 'r', message: 'm', user: { uid, gid: uid } }),
          },
        },
      },
    ],
  });

  it.each<[string, Parameters<typeof read>[0], object]>([
    [
      'the user of the container',
      { container: { runAsUser: 7, runAsGroup: 8 }, pod: { runAsUser: 1 } },
      { uid: 7, gid: 8 },
    ],
    ['the user of the pod', { pod: { runAsUser: 1, runAsGroup: 2 } }, { uid: 1, gid: 2 }],
    ['the user that the kubelet tells', { status: { user: { linux: { uid: 3, gid: 4 } } } }, { uid: 3, gid: 4 }],
    ['not known, where only the image tells', {}, { uid: undefined, gid: undefined }],
    ['what an earlier agent found out', { pod: { runAsUser: 1 }, ...said(1000) }, { uid: 1000, gid: 1000 }],
    [
      'never root where root is forbidden, whatever somebody wrote',
      { pod: { runAsNonRoot: true }, ...said(0) },
      { uid: undefined },
    ],
    [
      'never root where the pod names another user, whatever somebody wrote',
      { pod: { runAsUser: 1 }, ...said(0) },
      { uid: 1 },
    ],
    ['root, where only the image tells and an earlier agent found out', { ...said(0) }, { uid: 0, gid: 0 }],
    [
      'root with the capabilities of its target',
      { container: { runAsUser: 0, capabilities: { drop: ['NET_RAW'] } } },
      { uid: 0, capabilities: { drop: ['NET_RAW'] } },
    ],
    [
      'told apart by the id of its container, where processes are shared',
      { spec: { shareProcessNamespace: true } },
      { containerID: 'abc' },
    ],
  ])('is %s', (_, pod, want) => {
    const raw = read(pod);
    const agents = attachedAgentsOf(raw.spec.ephemeralContainers, raw.status.ephemeralContainerStatuses) ?? [];
    expect(attachTarget(raw, 'app', agents)).toMatchObject(want);
  });

  it('is nobody while the container does not run, or where it is privileged', () => {
    const waiting = read({ status: { state: { waiting: {} } } });
    expect(() => attachTarget(waiting, 'app', [])).toThrow(expect.objectContaining({ isPassing: true }));
    const privileged = read({ container: { privileged: true } });
    expect(() => attachTarget(privileged, 'app', [])).toThrow(expect.objectContaining({ isPassing: false }));
    expect(() => attachTarget(privileged, 'app', [])).toThrow(NotEnterable);
  });
});
