import { describe, expect, it } from 'vitest';
import { parseProbe } from '../../src/api/parse-probe.ts';
import { dynamicLog } from '../controllers/probes/fixtures.ts';

describe('a probe as the API server has it', () => {
  it('keeps a status that fits the schema', () => {
    expect(parseProbe('DynamicLog', dynamicLog({ status: { hits: 5 } })).status?.hits).toBe(5);
  });

  it.each(
    [{ hits: -5 }, { conditions: 'garbage' }, { expirationTime: 'soon' }, 'garbage', [1]].map((status) => ({ status })),
  )('counts as if it had no status with $status, which somebody else wrote', ({ status }) => {
    const parsed = parseProbe('DynamicLog', { ...dynamicLog(), status });

    expect(parsed.spec).toEqual(parseProbe('DynamicLog', dynamicLog()).spec);
    expect(parsed.status).toBeUndefined();
  });

  it('is refused when anything else does not fit', () => {
    expect(() => parseProbe('DynamicLog', { ...dynamicLog(), spec: {} })).toThrow(/spec/);
    expect(() => parseProbe('DynamicLog', null)).toThrow();
  });
});
