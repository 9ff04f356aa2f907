import { describe, expect, it } from 'vitest';
import { chooseContainer } from '../../../src/controllers/attach/choose-container.ts';
import { type AttachPermission, whyNotAttached } from '../../../src/controllers/attach/why-not-attached.ts';
import { pod } from '../probes/fixtures.ts';

type Case = {
  permission?: Partial<AttachPermission>;
  namespaceLabels?: Record<string, string>;
  pod?: Parameters<typeof pod>[1];
  want: string | undefined;
};

describe('whether an agent may be added to a pod while it runs', () => {
  const cases: Record<string, Case> = {
    'it may, with no label at all': { want: undefined },
    'not where the chart has it off': { permission: { isEnabled: false }, want: "the chart's attach.enabled" },
    'not in an excluded namespace': {
      permission: { excludedNamespaces: ['shop'] },
      want: 'Namespace shop is excluded',
    },
    'not where the label of the namespace forbids it': {
      namespaceLabels: { 'davylamp.dev/attach': 'false' },
      want: 'its namespace has the label davylamp.dev/attach=false',
    },
    'not where the label of the pod forbids it': {
      pod: { labels: { 'davylamp.dev/attach': 'false' } },
      want: 'the pod has the label davylamp.dev/attach=false',
    },
    "a pod's own label wins over that of its namespace": {
      namespaceLabels: { 'davylamp.dev/attach': 'false' },
      pod: { labels: { 'davylamp.dev/attach': 'true' } },
      want: undefined,
    },
    'not into a pod that wants no agent': {
      pod: { labels: { 'davylamp.dev/inject': 'false' } },
      want: 'The pod has the label davylamp.dev/inject=false',
    },
    'not into a static pod': { pod: { attachObstacle: 'StaticPod' }, want: 'static pod' },
    'not into the network of a node': { pod: { attachObstacle: 'HostNetwork' }, want: 'network of its node' },
    'not among the processes of a node': { pod: { attachObstacle: 'HostPID' }, want: 'all processes of its node' },
    'not while no image is known to run': { permission: { hasImage: () => false }, want: 'image was not seen running' },
    'an agent that is there stays while no image is known to run': {
      permission: { hasImage: () => false },
      pod: { hasAgent: true },
      want: undefined,
    },
  };
  it.each(Object.entries(cases))('%s', (_, { permission, namespaceLabels, pod: changes, want }) => {
    const facts: AttachPermission = {
      isEnabled: true,
      excludedNamespaces: [],
      labelsOf: () => namespaceLabels,
      hasImage: () => true,
      ...permission,
    };
    const why = whyNotAttached(pod('a', { hasAgent: false, ...changes }), facts);
    if (want === undefined) expect(why).toBeUndefined();
    else expect(why).toContain(want);
  });
});

describe('the container that an agent is to enter', () => {
  const two = { containers: ['app', 'proxy'] };
  it.each([
    ['is the only one', pod('a'), undefined, 'app'],
    ['is the one that the probe names', pod('a', two), 'proxy', 'proxy'],
    [
      'is the one that the annotation of the pod names',
      pod('a', { ...two, defaultContainer: 'app' }),
      undefined,
      'app',
    ],
    ['cannot be told where there are several', pod('a', two), undefined, undefined],
    ['is none that the pod does not have', pod('a', { ...two, defaultContainer: 'gone' }), undefined, undefined],
  ])('%s', (_, of, named, want) => {
    expect(chooseContainer(of, named)).toBe(want);
  });
});
