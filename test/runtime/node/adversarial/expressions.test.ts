import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentEnd } from '../harness/agent-end.ts';
import { NODES } from '../harness/application.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import { HostileRun, limits, lineOf } from './hostile-run.ts';

const PLACE = { file: 'fixtures/hostile.cjs', line: lineOf('hostile.cjs', '// the line of the probes') };

/** Stopped, or refused because it could change the program. */
const REFUSED = /^<(EvaluationTimeout|SideEffectRefused): .+>$/;
const STOPPED = /^<(EvaluationTimeout: .+|RangeError: Maximum call stack size exceeded)>$/;
const TOO_LONG = /^<EvaluationTimeout: .+>$/;
const REFUSED_NUMBER = /^<RangeError: .+>$/;

/** Each by what is shown in its place, or is not. */
const SMALL: readonly (readonly [expression: string, wanted: RegExp])[] = [
  ['subject.loop()', STOPPED],
  ['subject.recurse()', STOPPED],
  ['subject.allocate()', REFUSED],
  ['subject.allocateStrings()', REFUSED],
  ['subject.allocateBuffers()', REFUSED],
  ['subject.regexp()', STOPPED],
  ['subject.sortForever()', REFUSED],
  ['subject.sortRandomly()', /^(1000|<(EvaluationTimeout|SideEffectRefused): .+>)$/],
  ['subject.generate()', REFUSED],
  ['subject.wait()', REFUSED],
  ['subject.later()', REFUSED],
  ['subject.catches()', STOPPED],
  ['subject.exit()', REFUSED],
  ['subject.abort()', REFUSED],
  ['subject.kill()', REFUSED],
  ['subject.write()', REFUSED],
  ['subject.evaluate()', REFUSED],
  ['subject.construct()', REFUSED],
  ['subject.debug()', REFUSED],
  ['subject.throwEmpty()', /^<undefined>$/],
  ['subject.throwProxy()', /^<.+>$/],
  ['subject.throwRevoked()', /^<.+>$/],
  ['subject.throwHostile()', /^<.+>$/],
  ['subject.throwLong()', /^<(Error|EvaluationTimeout).*>$/],
  ['subject.bigint()', /^(100001|<.+>)$/],
  ['subject.thrower', REFUSED],
  ['subject.looper', REFUSED],
  ['subject.exiter', REFUSED],
  ['subject.counter', REFUSED],
  ['subject.lazy', REFUSED],
  ['subject.logger', REFUSED],
  ['subject.helper', REFUSED],
  ['subject.global', REFUSED],
  ['subject.nested', REFUSED],
  ['subject.pure', /^14$/],
  ['subject?.counter?.x', REFUSED],
  ['subject["cou" + "nter"]()', REFUSED],
  ['[subject].map(({ counter }) => counter)', REFUSED],
  ['Reflect.get(subject, "counter")', REFUSED],
  ['subject[Symbol.for("own")]', REFUSED],
  ['subject.inheriting.deep', REFUSED],
  ['subject.byClass.own', REFUSED],
  ['subject.byClass.constructor.ofClass', REFUSED],
  ['subject.reflected.x', REFUSED],
  ['subject.reflected[Symbol.for("y")]', REFUSED],
  ['subject.bound.x', /^<not called: .+>$/],
  ['subject.trapping.x', /^<getter>$/],
  ['subject.asynchronous.x', REFUSED],
  ['subject.generating.x', REFUSED],
  ['subject.popping.x', REFUSED],
  ['subject.sorting.x', REFUSED],
  ['subject.evaluating.x', REFUSED],
  ['subject.lying.x', REFUSED],
  ['subject.renamed.x', REFUSED],
  ['subject.overGetter.own', REFUSED],
  ['subject.overGetter.x', /^<proxy>$/],
  ['subject.url.pathname', REFUSED],
  ['subject.url.host', /^a$/],
  ['subject.forged.pathname', REFUSED],
  ['subject.forged.get("q")', REFUSED],
  ['subject.url.searchParams.get.call(subject.forged, "q")', /^<.+>$/],
  ['subject.url.searchParams.get(subject.hostileKeys)', REFUSED],
  ['Object.values(subject.reflected)', /<getter>/],
  ['({ ...subject.reflected })', /<getter>/],
  ['JSON.stringify(subject.reflected)', /<getter>/],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is an expression of a probe
  ['`${subject.inheriting.deep}`', REFUSED],
  ['subject.writeOnly', /^undefined$/],
  ['subject.proxy', /^<proxy>$/],
  ['subject.functionProxy()', /^<proxy>$/],
  ['subject.arrayProxy', /^<proxy>$/],
  ['subject.revoked', /^<proxy>$/],
  ['subject.revoked.x', /^<proxy>$/],
  ['subject.overProxy.x', /^<proxy>$/],
  ['subject.overRevoked', /\{\}/],
  ['subject.mapOfProxies', /<proxy>.*<proxy>/],
  ['subject.setOfProxies', /<proxy>.*<proxy>/],
  ['subject.errorOfProxies', /Error: e/],
  ['subject.hostile', /id"?: ?1/],
  ['subject.hostileArray', /1, ?2, ?3/],
  ['subject.hostileError', /Error: e/],
  ['subject.hostileError.stack', /^<getter>$/],
  ['subject.hostile + 1', REFUSED],
  ['subject.hostile instanceof subject.Hostile', REFUSED],
  ['[...subject.hostile]', REFUSED],
  ['subject[subject.hostileKeys]', REFUSED],
  ['"x" in subject.proxy', /^<proxy>$/],
  ['JSON.stringify(subject.hostile)', REFUSED],
  ['Object.keys(subject.proxy)', /^<proxy>$/],
  ['Object.prototype.toString.call(subject.hostile)', /^<getter>$/],
  ['structuredClone(subject.hostile)', REFUSED],
  ['subject.sparse', /4294967290/],
  ['subject.sparse.indexOf(1)', TOO_LONG],
  ['subject.sparse.join()', TOO_LONG],
  ['Reflect.ownKeys(subject.sparse)', /length/],
  ['subject.digits', /bigint/],
  ['subject.digits.toString()', REFUSED_NUMBER],
  ['subject.digits * subject.digits', REFUSED_NUMBER],
  ['10n ** 1000000n', REFUSED_NUMBER],
  ['/^(a+)+$/.test(subject.as)', STOPPED],
  ['subject.as.replace(/(a+)+c/, "")', STOPPED],
  ['subject.as.repeat(1e9)', TOO_LONG],
  ['subject.as.padStart(1e9)', TOO_LONG],
  ['Array(1e9).fill(0)', REFUSED],
  ['Array.from({ length: 1e9 }, () => 1)', TOO_LONG],
  ['[...Array(1e9)]', TOO_LONG],
  ['subject.list.toSorted(() => subject.loop())', STOPPED],
  ['subject.list.map(() => subject.loop())', STOPPED],
  ['subject', /id"?: ?7/],
];

const LARGE: readonly (readonly [expression: string, wanted: RegExp])[] = [
  ['subject.huge', /^(?!h)/],
  ['subject.rope', /^(?!fifty)/],
  ['subject.huge.length', /^100000000$/],
  ['subject.huge === subject.otherHuge', TOO_LONG],
  ['subject.huge + subject.otherHuge', TOO_LONG],
  ['subject.huge == 5', TOO_LONG],
  ['subject.huge[5]', TOO_LONG],
  ['subject[subject.huge]', TOO_LONG],
  ['+subject.huge', TOO_LONG],
  ['subject.huge.slice(5)', TOO_LONG],
  ['subject.huge.replaceAll("h", "bb")', TOO_LONG],
  ['/x$/.test(subject.huge)', TOO_LONG],
  ['new RegExp(subject.huge)', TOO_LONG],
  ['Symbol(subject.huge)', TOO_LONG],
  ['[...subject.huge]', TOO_LONG],
  ['Object.keys(subject.rope)', TOO_LONG],
  ['JSON.stringify(subject.graph)', /^<.+>$/],
  ['JSON.stringify(subject.million)', TOO_LONG],
  ['JSON.stringify(subject.deep)', /^<.+>$/],
  ['subject.stringify()', /^<.+>$/],
  ['subject.graph', /"?id"?: ?0/],
  ['subject.deep', /value/],
  ['subject.million', /0, ?1, ?2/],
  ['[...subject.million]', TOO_LONG],
  ['Math.max(...subject.million)', TOO_LONG],
  ['new Set(subject.million)', TOO_LONG],
  ['subject.million.toSorted()', TOO_LONG],
  ['subject.bytes', /00000/],
  ['subject.bytes.toString()', TOO_LONG],
  ['[...subject.bigMap]', TOO_LONG],
  ['subject.manyKeys', /key0|time|…/],
  ['Object.keys(subject.manyKeys).length', TOO_LONG],
];

const isChecksum = (answer: string) => answer.includes(',');

const suites = NODES.flatMap((node) => [
  { node, name: 'hostile values', args: [], cases: SMALL },
  { node, name: 'values of hundreds of megabytes', args: ['large'], cases: LARGE },
]);

describe.each(suites)('expressions on $name, on $node', ({ node, args, cases }) => {
  let run: HostileRun;
  let agent: AgentEnd;
  let before: string;

  beforeAll(async () => {
    run = await HostileRun.start('hostile.cjs', { node, args });
    agent = run.agent as AgentEnd;
    before = await run.tell('checksum', isChecksum);
  });

  afterAll(async () => {
    expect(run.application.errors).toBe('');
    await run.stop();
  });

  test.each(cases)('%s', async (expression, wanted) => {
    const log = dynamicLog(PLACE, `{${expression}}`, { limits });
    await agent.desire(log);
    const { log: said } = await run.takeUntil(agent.result(({ uid }) => uid === log.uid));
    // On a busy machine the time of a hit may be up before it has begun.
    if (!/out of time|no time was left/.test(said?.message ?? '')) expect(said?.message ?? '').toMatch(wanted);

    const condition = dynamicLog(PLACE, 'matched', { condition: expression, limits });
    const watch = snapshot(PLACE, { watch: [expression], limits });
    await agent.desire(condition, watch);
    const { capture } = await run.takeUntil(agent.result(({ uid }) => uid === watch.uid));
    expect(capture?.frames[0]?.function).toBe('take');
    expect(capture?.watches).toHaveLength(1);
    const threw = /^<(EvaluationTimeout|SideEffectRefused|[A-Z]\w+Error)/.exec(said?.message ?? '');
    if (threw !== null) {
      // Wished for again, states are told at once.
      const state = (await agent.desire(condition, watch)).find(({ uid }) => uid === condition.uid);
      if (state?.hits === 0) {
        if (state.dropped.some(({ reason }) => reason !== 'RateLimited'))
          expect(state.message).toContain('the condition: ');
      }
    }
    expect(await run.tell('checksum', isChecksum)).toBe(before);
    await run.expectNoHang();
  });
});
