import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { inject } from '../../../src/admission/pods/inject.ts';
import { isComplete } from '../../../src/admission/pods/node-options.ts';
import { podSchema } from '../../../src/admission/pods/pod.ts';
import type { SidecarSettings } from '../../../src/admission/pods/sidecar.ts';
import { parseInjectionRecord } from '../../../src/pods/injection-record.ts';
import { INJECTION_ANNOTATION } from '../../../src/pods/well-known-names.ts';
import { applyPatch } from './apply-patch.ts';

const settings: SidecarSettings = {
  namespace: 'davylamp',
  image: 'davylamp-agent:1',
  caPem: 'PEM',
  gatewayAbsenceSeconds: 600,
};
const asking = { 'davylamp.dev/inject': 'true' };
const fixtures = `${import.meta.dirname}/fixtures`;

function loadPod(file: string): object {
  const pod = load(readFileSync(`${fixtures}/${file}`, 'utf8'));
  if (typeof pod !== 'object' || pod === null) throw new Error(`${file} holds no object`);
  return pod;
}

const files = globSync('*.yaml', { cwd: fixtures }).map((file) => basename(file));

test.each(files)('%s: the patch is that of the golden file', async (file) => {
  const { patch } = inject(podSchema.parse(loadPod(file)), { labels: asking }, settings);
  await expect(`${JSON.stringify(patch, null, 2)}\n`).toMatchFileSnapshot(`fixtures/${file.replace('.yaml', '.json')}`);
});

test.each(files)('%s: applied to its own result, injection adds nothing', (file) => {
  const pod = loadPod(file);
  const once = applyPatch(pod, inject(podSchema.parse(pod), { labels: asking }, settings).patch);
  expect(inject(podSchema.parse(once), { labels: asking }, settings).patch).toEqual([]);
});

test('a pod of a namespace that does not ask is left alone', () => {
  const pod = podSchema.parse(loadPod('namespace.yaml'));
  expect(inject(pod, {}, settings).patch).toEqual([]);
  expect(inject(pod, { labels: { 'davylamp.dev/inject': 'false' } }, settings).patch).toEqual([]);
});

test('the pod says when the debugger of its processes is enabled, else the settings do', () => {
  const pod = (annotations: Record<string, string>) =>
    podSchema.parse({ metadata: { annotations }, spec: { containers: [{ name: 'app' }] } });
  const modeOf = (annotations: Record<string, string>, debuggerMode?: SidecarSettings['debugger']) => {
    const { patch } = inject(pod(annotations), { labels: asking }, { ...settings, debugger: debuggerMode });
    return /"DAVYLAMP_DEBUGGER","value":"(\w+)"/.exec(JSON.stringify(patch))?.[1];
  };
  expect(modeOf({})).toBeUndefined();
  expect(modeOf({}, 'OnDemand')).toBe('OnDemand');
  expect(modeOf({ 'davylamp.dev/debugger': 'OnDemand' }, 'AtStart')).toBe('OnDemand');
  expect(modeOf({ 'davylamp.dev/debugger': 'AtStart' }, 'OnDemand')).toBeUndefined();
  expect(modeOf({ 'davylamp.dev/debugger': 'never' }, 'OnDemand')).toBe('OnDemand');
});

test('what is skipped is said on the pod, with the reason', () => {
  const pod = loadPod('not-merged.yaml');
  const { patch, skipped } = inject(podSchema.parse(pod), {}, settings);
  const wantSkipped = [
    { container: 'from-absence', reason: 'NodeOptionsNotMerged' },
    { container: 'from-all', reason: 'NodeOptionsNotMerged' },
    { container: 'open-quote', reason: 'NodeOptionsNotMerged' },
    { container: 'own-mount', reason: 'InjectionConflict' },
  ];
  expect(skipped).toEqual(wantSkipped);
  const { annotations } = podSchema.parse(applyPatch(pod, patch)).metadata;
  expect(parseInjectionRecord(annotations?.[INJECTION_ANNOTATION])).toEqual({
    version: 1,
    containers: ['app'],
    created: ['app'],
    skipped: wantSkipped,
  });
});

test("the namespace may say that images set NODE_OPTIONS, and the pod's own word counts more", () => {
  const inNamespace = { labels: asking, annotations: { 'davylamp.dev/image-node-options': 'true' } };
  const pod = (annotations?: object) =>
    podSchema.parse({ metadata: { annotations }, spec: { containers: [{ name: 'app', image: 'orders' }] } });
  expect(inject(pod(), inNamespace, settings).skipped).toEqual([{ container: 'app', reason: 'NodeOptionsInImage' }]);
  const own = pod({ 'davylamp.dev/image-node-options': 'false' });
  expect(inject(own, inNamespace, settings).skipped).toEqual([]);
});

test('while no image of the agent is known to run, a pod gets nothing but the reason', () => {
  const pod = loadPod('plain.yaml');
  const { patch, skipped } = inject(podSchema.parse(pod), { labels: asking }, { ...settings, image: undefined });
  expect(skipped.map(({ reason }) => reason)).toEqual(skipped.map(() => 'AgentImageNotRunning'));
  expect(skipped).not.toEqual([]);
  expect(patch.map(({ path }) => path)).toEqual(['/metadata/annotations']);
});

test('secrets for the image are added to those that the pod has, once', () => {
  const withSecrets = { ...settings, pullSecrets: ['own', 'registry'] };
  const pod = {
    metadata: { labels: asking },
    spec: { containers: [{ name: 'app' }], imagePullSecrets: [{ name: 'own' }] },
  };
  const patched = applyPatch(pod, inject(podSchema.parse(pod), {}, withSecrets).patch);
  expect(podSchema.parse(patched).spec.imagePullSecrets).toEqual([{ name: 'own' }, { name: 'registry' }]);
  const bare = { metadata: { labels: asking }, spec: { containers: [{ name: 'app' }] } };
  const first = applyPatch(bare, inject(podSchema.parse(bare), {}, withSecrets).patch);
  expect(podSchema.parse(first).spec.imagePullSecrets).toEqual([{ name: 'own' }, { name: 'registry' }]);
});

test('whatever NODE_OPTIONS says stays in front, and nothing else of the environment changes', () => {
  const whole = fc.string({ unit: 'grapheme' }).filter(isComplete);
  fc.assert(
    fc.property(whole, fc.array(fc.string()), (value, others) => {
      const env = [...others.map((name) => ({ name, value: 'x' })), { name: 'NODE_OPTIONS', value }];
      const pod = { metadata: { labels: asking }, spec: { containers: [{ name: 'app', env }] } };
      const patched = podSchema.parse(applyPatch(pod, inject(podSchema.parse(pod), {}, settings).patch));
      const after = patched.spec.containers[0]?.env ?? [];
      expect(after.slice(0, others.length)).toEqual(env.slice(0, others.length));
      const option = '--require=/run/davylamp/runtime/preload.cjs';
      expect(after.findLast(({ name }) => name === 'NODE_OPTIONS')?.value).toBe(
        /^ *$/.test(value) ? option : `${value} ${option}`,
      );
    }),
  );
});

test('a record that is not ours is no record', () => {
  expect(['{', '{}', '{"version":2}', undefined].map(parseInjectionRecord)).toEqual(Array(4).fill(undefined));
});
