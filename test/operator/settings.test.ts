import { expect, it } from 'vitest';
import { readSettings, replicaAddress, replicaIdentity } from '../../src/operator/settings.ts';

it('needs no variable at all', () => {
  expect(readSettings({})).toMatchObject({
    namespace: 'davylamp-system',
    gatewayPort: 8443,
    webhookPort: 9443,
    metricsPort: 9090,
  });
});

it('names every variable that cannot be used', () => {
  const read = () => readSettings({ DAVYLAMP_GATEWAY_PORT: '-1', DAVYLAMP_LOG_LEVEL: 'loud', DAVYLAMP_POD_IP: 'here' });
  expect(read).toThrow(/DAVYLAMP_POD_IP[\s\S]*DAVYLAMP_LOG_LEVEL[\s\S]*DAVYLAMP_GATEWAY_PORT/);
});

it('takes an absolute path for the file of the audit, and none by itself', () => {
  expect(readSettings({}).auditFile).toBeUndefined();
  expect(readSettings({ DAVYLAMP_AUDIT_FILE: '/audit/a.jsonl' }).auditFile).toBe('/audit/a.jsonl');
  expect(() => readSettings({ DAVYLAMP_AUDIT_FILE: 'a.jsonl' })).toThrow(/DAVYLAMP_AUDIT_FILE/);
});

it('carries the address of a replica in its identity', () => {
  for (const podIP of ['10.0.0.7', 'fd00::7']) {
    expect(replicaAddress(replicaIdentity({ podName: 'davylamp-operator_1', podIP }))).toBe(podIP);
  }
  expect(replicaAddress(undefined)).toBeUndefined();
  expect(replicaAddress('no-address')).toBeUndefined();
});
