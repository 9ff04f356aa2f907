import { expect, test } from 'vitest';
import { type InjectionFacts, whyNotInjected } from '../../../src/controllers/injection/not-injected-reason.ts';
import { pod } from '../probes/fixtures.ts';

const facts: InjectionFacts = {
  isEnabled: true,
  excludedNamespaces: ['kube-system'],
  hasImage: () => true,
  labelsOf: () => undefined,
};

test.each<[string, Partial<InjectionFacts>, string, string]>([
  ['nobody asked for an agent', {}, 'NotInjected', 'restart the workload once'],
  ['its namespace is excluded', { excludedNamespaces: ['shop'] }, 'NamespaceExcluded', 'Namespace shop: '],
  ['injection is off', { isEnabled: false, excludedNamespaces: ['shop'] }, 'InjectionOff', 'injection.enabled'],
  ["the agent's image does not run", { hasImage: () => false }, 'AgentImageNotRunning', 'agent-check'],
])('a pod has no agent because %s', (_, changes, wantReason, wantText) => {
  const { reason, message } = whyNotInjected(pod('orders-1'), { ...facts, ...changes });
  expect(reason).toBe(wantReason);
  expect(message).toContain(wantText);
});

test('a pod that forbids its agent says so', () => {
  const orders = pod('orders-1');
  const forbidding = { ...orders, metadata: { ...orders.metadata, labels: { 'davylamp.dev/inject': 'false' } } };
  expect(whyNotInjected(forbidding, facts).message).toMatch(/^The pod has the label davylamp.dev\/inject=false\. /);
});

test.each([
  ['pod', { 'davylamp.dev/inject': 'true' }, {}],
  ['namespace', {}, { 'davylamp.dev/inject': 'true' }],
])('a pod that asks by the label of its %s was missed by the webhook', (owner, labels, namespaceLabels) => {
  const orders = pod('orders-1');
  const asking = { ...orders, metadata: { ...orders.metadata, labels } };
  const { reason, message } = whyNotInjected(asking, { ...facts, labelsOf: () => namespaceLabels });
  expect(reason).toBe('NotInjected');
  expect(message).toContain(`the ${owner} has the label davylamp.dev/inject=true`);
  expect(message).toContain('could not reach the webhook. Restart the workload once.');
});
