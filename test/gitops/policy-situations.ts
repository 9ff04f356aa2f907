import { renderPolicyStatus } from '../../src/controllers/policies/status.ts';
import { noCounts, type PolicyCounts } from '../../src/controllers/policies/tally.ts';
import type { PolicyView } from '../../src/policy/policy-view.ts';
import { object } from '../controllers/policies/fixtures.ts';
import { policy } from '../policy/fixtures.ts';

/** A policy whose status the operator's own code renders, and what the two ways of reading it say. */
export interface PolicySituation {
  readonly policy: object;
  readonly wantHealth: 'Healthy' | 'Progressing' | 'Degraded';
  readonly wantKstatus: 'Current' | 'InProgress' | 'Failed';
}

const NOW = Date.parse('2026-11-30T10:00:00Z');
const stopped = { stopped: { reason: 'Incident 42.' } };

function rendered(view: PolicyView, changes: Partial<PolicyCounts> = {}): object {
  const { kind, name, namespace, spec } = view;
  const status = renderPolicyStatus({
    object: object(view, { generation: 2 }),
    base: undefined,
    counts: { ...noCounts(), governed: 1, ...changes },
    conflicts: [],
    isSettling: false,
    stop: spec.stopped && { since: NOW, isAgain: false },
    now: NOW,
  });
  const metadata = { name, namespace, generation: 2 };
  return { apiVersion: 'davylamp.dev/v1alpha1', kind, metadata, spec, status };
}

export const POLICY_SITUATIONS: Readonly<Record<string, PolicySituation>> = {
  'it is in force': { policy: rendered(policy('team', {})), wantHealth: 'Healthy', wantKstatus: 'Current' },
  'probes are still decided anew': {
    policy: rendered(policy('team', {}), { isDeciding: true }),
    wantHealth: 'Progressing',
    wantKstatus: 'InProgress',
  },
  'it cannot be read': {
    policy: rendered(policy('team', { redaction: { patterns: ['(?=a)'] } })),
    wantHealth: 'Degraded',
    wantKstatus: 'Failed',
  },
  'it is stopped, and a process still has a probe': {
    policy: rendered(policy('team', stopped), { carriers: new Set(['a']) }),
    wantHealth: 'Healthy',
    wantKstatus: 'InProgress',
  },
  'it is stopped, and every process is clean': {
    policy: rendered(policy('team', stopped)),
    wantHealth: 'Healthy',
    wantKstatus: 'Current',
  },
};
