import type { PolicyStatus } from '../../../src/api/policy.ts';
import type { PolicyObject } from '../../../src/controllers/policies/policy-object.ts';
import type { JudgedProbe } from '../../../src/controllers/probes/desired/judged-probe.ts';
import { judge } from '../../../src/policy/judge.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { decided, log } from '../../policy/fixtures.ts';

/** A policy as the API server has it. */
export function object(view: PolicyView, changes: Partial<PolicyObject['metadata']> = {}, status?: PolicyStatus) {
  const { name, namespace } = view;
  const metadata = { name, namespace, uid: `uid-${name}`, generation: 1, resourceVersion: '1', ...changes };
  return { metadata, view, status } satisfies PolicyObject;
}

/** A probe in the namespace `shop`, decided under these policies, and in no process. */
export function judged(
  policies: readonly PolicyView[],
  { spec = {}, ...changes }: Partial<JudgedProbe> & { spec?: object } = {},
): JudgedProbe {
  return {
    namespace: 'shop',
    judgment: judge([decided(log(spec), policies)]),
    version: 1,
    missing: [],
    isWaiting: false,
    isOut: true,
    outTime: undefined,
    isRestored: false,
    carriers: () => [],
    rulesVersion: 0,
    enforcing: () => [],
    ...changes,
  };
}
