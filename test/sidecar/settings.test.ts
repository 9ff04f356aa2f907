import { describe, expect, it } from 'vitest';
import { reconnectMilliseconds } from '../../src/sidecar/gateway/gateway-link.ts';
import { readSettings } from '../../src/sidecar/settings.ts';

describe('the settings of the agent', () => {
  it('names everything that is missing or wrong at once', () => {
    expect(() => readSettings({ DAVYLAMP_GATEWAY: 'http://gateway' })).toThrow(
      /DAVYLAMP_GATEWAY: must be a wss:\/\/ URL; DAVYLAMP_CA: .*; DAVYLAMP_POD_NAME: .*; DAVYLAMP_POD_NAMESPACE: /,
    );
  });

  it('knows where injection puts things', () => {
    const settings = readSettings({
      DAVYLAMP_GATEWAY: 'wss://davylamp-gateway.davylamp.svc:8443',
      DAVYLAMP_CA: '-----BEGIN CERTIFICATE-----',
      DAVYLAMP_POD_NAME: 'orders-1',
      DAVYLAMP_POD_NAMESPACE: 'shop',
    });

    expect(settings).toMatchObject({
      directory: '/run/davylamp',
      tokenFile: '/var/run/secrets/davylamp.dev/token',
      gatewayAbsenceSeconds: 600,
    });
  });
});

describe('the pause before the agent dials again', () => {
  it.each([
    ['grows with every attempt', 3, undefined, 1, 2_125],
    ['is spread over the whole time, so that agents do not come back in step', 3, undefined, 0, 125],
    ['never exceeds ten seconds by much', 99, undefined, 1, 10_125],
    ['is what the gateway asked for at least', 1, 1, 0, 1_000],
    ['does not believe a gateway that asks for hours', 1, 7200, 0, 10_000],
  ])('%s', (_, attempts, retryAfter, random, want) => {
    expect(reconnectMilliseconds(attempts, retryAfter, random)).toBe(want);
  });
});
