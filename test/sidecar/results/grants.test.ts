import { describe, expect, it } from 'vitest';
import { redactionHash } from '../../../src/protocol/redaction-hash.ts';
import { Grants } from '../../../src/sidecar/results/grants.ts';
import { exampleProbe, exampleProcess, exampleResult, exampleState } from '../examples.ts';

const process = exampleProcess();
const other = exampleProcess({ instanceID: 'process-2', threadID: 3 });
const grant = (results: number) => [{ uid: 'uid-1', generation: 1, results }];
const sequences = (permitted: readonly { result: { sequence: number } }[]) =>
  permitted.map(({ result }) => result.sequence);

function grants() {
  const asked: number[] = [];
  const made: Grants = new Grants(() => asked.push(made.usage()[0]?.held ?? 0));
  return { made, asked };
}

describe('what an agent may report', () => {
  it('is bounded over all processes and threads of the pod', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(3));
    expect(sequences(made.take([exampleResult(1), exampleResult(2)], process))).toEqual([1, 2]);
    expect(sequences(made.take([exampleResult(7), exampleResult(8)], other))).toEqual([7]);
    expect(made.usage()).toEqual([{ uid: 'uid-1', generation: 1, granted: 3, used: 3, held: 1 }]);
  });

  it('waits in its order for a larger grant, which is asked for', () => {
    const { made, asked } = grants();
    made.desire([exampleProbe()], []);
    expect(made.take([exampleResult(1), exampleResult(2)], process)).toEqual([]);
    expect(asked).toEqual([1, 2]);
    expect(sequences(made.desire([exampleProbe()], grant(1)))).toEqual([1]);
    expect(sequences(made.desire([exampleProbe()], grant(5)))).toEqual([2]);
  });

  it('is asked for again when half of it is used', () => {
    const { made, asked } = grants();
    made.desire([exampleProbe()], grant(4));
    made.take([exampleResult(1)], process);
    expect(asked).toEqual([]);
    made.take([exampleResult(2)], process);
    expect(asked).toEqual([0]);
  });

  it('is never less than what was reported already', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(5));
    made.take([exampleResult(1), exampleResult(2)], process);
    made.desire([exampleProbe()], grant(1));
    expect(made.usage()).toMatchObject([{ granted: 2, used: 2 }]);
    expect(made.take([exampleResult(3)], process)).toEqual([]);
  });

  it('stays what it was while the gateway names no number, and has no bound with a gateway that knows none', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(1));
    made.desire([exampleProbe()], []);
    expect(sequences(made.take([exampleResult(1), exampleResult(2)], process))).toEqual([1]);
    expect(sequences(made.desire([exampleProbe()], undefined))).toEqual([2]);
    expect(sequences(made.take([exampleResult(3)], process))).toEqual([3]);
    expect(made.usage()).toEqual([]);
  });

  it('begins anew with each generation, and goes on when a probe comes back', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(1));
    made.take([exampleResult(1)], process);
    made.desire([], []);
    made.desire([exampleProbe()], grant(1));
    expect(made.take([exampleResult(2)], process)).toEqual([]);
    made.desire([exampleProbe({ generation: 2 })], [{ uid: 'uid-1', generation: 2, results: 1 }]);
    expect(sequences(made.take([exampleResult(3, { generation: 2 })], process))).toEqual([3]);
  });

  it('drops what waits when the probe is withdrawn, and says so in the state of its process', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(1));
    made.take([exampleResult(1), exampleResult(2), exampleResult(3)], process);
    const states = () => made.adjust([{ process, revision: 1, probes: [exampleState({ hits: 3 })] }])[0]?.probes[0];
    expect(states()).toMatchObject({ hits: 1, dropped: [] });
    expect(made.desire([], [])).toEqual([]);
    made.take([exampleResult(4)], process);
    expect(made.adjust([{ process, revision: 1, probes: [exampleState({ hits: 4 })] }])[0]?.probes[0]).toMatchObject({
      hits: 1,
      dropped: [{ reason: 'HitLimitReached', count: 3 }],
    });
  });

  it('waits within bounds, and counts what does not fit', () => {
    const { made } = grants();
    made.desire([exampleProbe()], []);
    for (let sequence = 1; sequence <= 150; sequence += 1) made.take([exampleResult(sequence)], process);
    expect(made.usage()).toMatchObject([{ held: 100 }]);
    const adjusted = made.adjust([{ process, revision: 1, probes: [exampleState({ hits: 150 })] }]);
    expect(adjusted[0]?.probes[0]).toMatchObject({ hits: 0, dropped: [{ reason: 'BufferFull', count: 50 }] });
    expect(made.desire([exampleProbe()], grant(1000))).toHaveLength(100);
    const large = exampleResult(1, { log: { level: 'Info', message: 'x'.repeat(60_000) } });
    made.desire([exampleProbe({ uid: 'uid-2' })], []);
    for (let count = 0; count < 100; count += 1) made.take([{ ...large, uid: 'uid-2' }], process);
    expect(made.usage()[0]?.held).toBe(69);
  });

  it('is given back when the agent ends', () => {
    const { made } = grants();
    made.desire([exampleProbe()], grant(10));
    made.take([exampleResult(1)], process);
    made.close();
    expect(made.usage()).toMatchObject([{ granted: 1, used: 1 }]);
    expect(made.take([exampleResult(2)], process)).toEqual([]);
  });
});

describe('results that were made under other rules of redaction', () => {
  const redaction = { mode: 'Default', names: ['iban'], replacement: 'Remove' } as const;
  const strict = { ...exampleProbe(), redaction: { ...redaction, names: [...redaction.names] } };
  const made = (sequence: number, hash: string | undefined) => ({ ...exampleResult(sequence), redactionHash: hash });
  const hash = redactionHash(redaction);

  it('are reported nowhere once other rules are desired, and counted', () => {
    const { made: all } = grants();
    all.desire([exampleProbe()], grant(10));
    expect(sequences(all.take([made(1, undefined)], process))).toEqual([1]);
    all.desire([strict], grant(10));
    expect(sequences(all.take([made(2, undefined), made(3, hash)], process))).toEqual([3]);
    const [adjusted] = all.adjust([{ process, revision: 1, probes: [exampleState({ hits: 3 })] }]);
    expect(adjusted?.probes[0]).toMatchObject({ hits: 2, dropped: [{ reason: 'RedactionChanged', count: 1 }] });
  });

  it('are not reported either where they waited for a grant when the rules changed', () => {
    const { made: all } = grants();
    all.desire([exampleProbe()], []);
    expect(all.take([made(1, undefined)], process)).toEqual([]);
    expect(all.desire([strict], grant(10))).toEqual([]);
    const [adjusted] = all.adjust([{ process, revision: 1, probes: [exampleState({ hits: 1 })] }]);
    expect(adjusted?.probes[0]).toMatchObject({ hits: 0, dropped: [{ reason: 'RedactionChanged', count: 1 }] });
    expect(all.usage()).toMatchObject([{ used: 0, held: 0 }]);
  });
});
