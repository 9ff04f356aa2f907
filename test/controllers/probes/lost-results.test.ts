import { describe, expect, it } from 'vitest';
import { LostResults } from '../../../src/controllers/probes/lost-results.ts';
import { result } from './fixtures.ts';

const none = () => 0;

describe('results that never arrive', () => {
  it('show as gaps in the numbers of their process', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(2), result(5)]);
    lost.observe('pod-1', [result(7)]);
    expect(lost.lostOf('probe-1', none)).toBe(3);
  });

  it('are not supposed before the first result that this operator sees', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(100), result(101)]);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are told apart by process', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(1, { instanceID: 'instance-2' }), result(2)]);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are not those that come twice, which are taken once', () => {
    const lost = new LostResults();
    expect(lost.observe('pod-1', [result(1), result(2)])).toHaveLength(2);
    expect(lost.observe('pod-1', [result(1), result(2), result(3)]).map(({ sequence }) => sequence)).toEqual([3]);
  });

  it('are not counted again where the agent says itself that it dropped them', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(11)]);
    expect(lost.lostOf('probe-1', () => 9)).toBe(0);
    expect(lost.lostOf('probe-1', () => 4)).toBe(5);
  });

  it('are forgotten with their probe', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(11)]);
    lost.forgetProbe('probe-1');
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });
});
