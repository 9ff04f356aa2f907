import { describe, expect, it } from 'vitest';
import { OperatorMetrics } from '../../src/operator/metrics.ts';

const lines = async (metrics: OperatorMetrics) => (await metrics.registry.metrics()).split('\n');

describe("the operator's metrics", () => {
  it('have every series from the start, at 0', async () => {
    const metrics = new OperatorMetrics();
    metrics.queueHooks('probes', () => 0);
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'davylamp_results_total{kind="Snapshot"} 0',
        'davylamp_results_dropped_total{reason="ResultsLost"} 0',
        'davylamp_status_writes_total 0',
        'davylamp_audit_records_total{step="Denied"} 0',
        'davylamp_audit_records_lost_total 0',
        'davylamp_gateway_refused_total{what="results"} 0',
        'davylamp_agents_connected 0',
        'davylamp_probes{kind="DynamicLog",state="armed"} 0',
        'davylamp_controller_reconcile_total{controller="probes",result="error"} 0',
        'workqueue_depth{name="probes"} 0',
      ]),
    );
  });

  it('count what drops grew by, and nothing for a count that began anew', async () => {
    const metrics = new OperatorMetrics();
    metrics.droppedChanged([{ reason: 'RateLimited', count: 5 }], [{ reason: 'RateLimited', count: 8 }]);
    metrics.droppedChanged([{ reason: 'RateLimited', count: 8 }], []);
    expect(await lines(metrics)).toContain('davylamp_results_dropped_total{reason="RateLimited"} 3');
  });

  it('say in which state probes are', async () => {
    const metrics = new OperatorMetrics();
    const condition = { lastTransitionTime: '2026-11-21T10:00:00Z', message: '' };
    metrics.observeProbes(() => [
      {
        kind: 'DynamicLog',
        rendered: { conditions: [{ ...condition, type: 'Armed', status: 'True', reason: 'Armed' }] },
      },
      {
        kind: 'DynamicLog',
        rendered: { conditions: [{ ...condition, type: 'Armed', status: 'False', reason: 'Expired' }] },
      },
      { kind: 'DynamicLog', rendered: undefined },
    ]);
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'davylamp_probes{kind="DynamicLog",state="armed"} 1',
        'davylamp_probes{kind="DynamicLog",state="finished"} 1',
        'davylamp_probes{kind="DynamicLog",state="waiting"} 1',
      ]),
    );
  });
});
