import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayAbsence } from '../../../src/sidecar/gateway/gateway-absence.ts';

describe('an absence of the gateway', () => {
  const tooLong = vi.fn();
  let absence: GatewayAbsence;

  beforeEach(() => {
    vi.useFakeTimers();
    tooLong.mockClear();
    absence = new GatewayAbsence({ seconds: 600, onTooLong: tooLong });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is too long after its time, and is said once', () => {
    absence.begin();
    vi.advanceTimersByTime(599_999);
    expect(tooLong).not.toHaveBeenCalled();
    vi.advanceTimersByTime(3_600_000);
    expect(tooLong).toHaveBeenCalledTimes(1);
  });

  it('is one absence however often a connection ends without a word of what is desired', () => {
    absence.begin();
    vi.advanceTimersByTime(400_000);
    absence.begin();
    vi.advanceTimersByTime(200_000);
    expect(tooLong).toHaveBeenCalledTimes(1);
  });

  it('is over when the gateway says what is desired, and the next one begins anew', () => {
    absence.begin();
    vi.advanceTimersByTime(400_000);
    absence.end();
    vi.advanceTimersByTime(400_000);
    absence.begin();
    vi.advanceTimersByTime(400_000);
    expect(tooLong).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200_000);
    expect(tooLong).toHaveBeenCalledTimes(1);
  });
});
