import { describe, expect, it } from 'vitest';
import { LostResults } from '../../../src/gateway/fleet/lost-results.ts';
import { result } from '../../controllers/probes/fixtures.ts';

const none = () => 0;
const assigned = () => true;

describe('results that never arrive', () => {
  it('show as gaps in the numbers of their process', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(2), result(5)], assigned);
    lost.observe('pod-1', [result(7)], assigned);
    expect(lost.lostOf('probe-1', none)).toBe(3);
  });

  it('are not supposed before the first result that this operator sees', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(100), result(101)], assigned);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are told apart by process', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(1, { instanceID: 'instance-2' }), result(2)], assigned);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are not those that come twice, which are taken once', () => {
    const lost = new LostResults();
    expect(lost.observe('pod-1', [result(1), result(2)], assigned)).toHaveLength(2);
    expect(lost.observe('pod-1', [result(1), result(2), result(3)], assigned).map(({ sequence }) => sequence)).toEqual([
      3,
    ]);
  });

  it('are not counted again where the agent says itself that it dropped them', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(11)], assigned);
    expect(lost.lostOf('probe-1', () => 9)).toBe(0);
    expect(lost.lostOf('probe-1', () => 4)).toBe(5);
  });

  it('are forgotten with their probe', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1), result(11)], assigned);
    lost.forgetProbe('probe-1');
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are told apart by pod, whatever process a pod claims to speak for', () => {
    const lost = new LostResults();
    lost.observe('pod-1', [result(1)], assigned);
    lost.observe('pod-2', [result(Number.MAX_SAFE_INTEGER)], assigned);
    expect(lost.observe('pod-1', [result(2)], assigned)).toHaveLength(1);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });

  it('are not what the pod may not speak of: that has its number, and is no result', () => {
    const lost = new LostResults();
    const isAssigned = (uid: string) => uid === 'probe-1';
    lost.observe('pod-1', [result(1)], isAssigned);
    expect(lost.observe('pod-1', [result(2, { uid: 'other' }), result(3)], isAssigned)).toEqual([result(3)]);
    expect(lost.lostOf('probe-1', none)).toBe(0);
  });
});
