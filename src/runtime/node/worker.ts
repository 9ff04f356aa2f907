import { join } from 'node:path';
import { type MessagePort, workerData } from 'node:worker_threads';
import type { WireProbe } from '../../protocol/probe.ts';
import {
  ACTIVE,
  FLUSHED,
  HELD,
  NONE_WAITS,
  OUTSTANDING,
  OUTSTANDING_BYTES,
  RELEASED,
  SEQUENCE,
} from './channel/control-block.ts';
import type { Notice } from './channel/notices.ts';
import type { WorkerStart } from './channel/worker-start.ts';
import { AgentLink } from './worker/agent-link.ts';
import { ApplicationThread } from './worker/application-thread.ts';
import { DesiredProbes } from './worker/desired/desired-probes.ts';
import { HEALTH_SAMPLE_MILLISECONDS, OverloadDetector } from './worker/health/overload-detector.ts';
import { InterruptLock } from './worker/interrupts/interrupt-lock.ts';
import { mainThreadInterrupt } from './worker/interrupts/main-thread-interrupt.ts';
import { WorkerThreads, workerThreadInterrupt } from './worker/interrupts/worker-threads.ts';
import { Prover } from './worker/proofs/prover.ts';
import { formResult } from './worker/results/form-result.ts';
import { HitQueue } from './worker/results/hit-queue.ts';
import { ResultFrames } from './worker/results/result-frames.ts';
import { Naming } from './worker/sources/names/naming.ts';
import { ScriptTexts } from './worker/sources/script-texts.ts';
import { Scripts } from './worker/sources/scripts.ts';

/**
 * The runtime's own thread, from the first probe to some seconds after the last: holds the socket to the agent, finds
 * positions, compiles expressions, forms results, and keeps time, whatever the application's thread is doing.
 */

const STATES_MILLISECONDS = 500;
/** The thread stays so long after the last probe, because the next one often follows. */
const IDLE_MILLISECONDS = 3000;
const APPLY_AGAIN_MILLISECONDS = 1000;
const GOODBYE_MILLISECONDS = 2000;

const start: WorkerStart & { readonly port: MessagePort } = workerData;
const { control, hello, directory } = start;

const scripts = new Scripts(directory, __dirname);
const interruptLock = new InterruptLock(control);
const interrupt =
  hello.threadID === undefined
    ? mainThreadInterrupt(interruptLock)
    : workerThreadInterrupt(hello.threadID, interruptLock);
const thread = new ApplicationThread(start.port, onNotice, interrupt);
const texts = new ScriptTexts(scripts, (scriptId) => thread.ask({ type: 'source', scriptId }));
const naming = new Naming(scripts, texts);
const hits = new HitQueue(scripts, naming);
const probes = new DesiredProbes(thread, control, scripts, texts, naming, directory, start.counters, start.placements);
const prover = new Prover(thread, scripts, texts);
let revision = 0;
let wantedRevision = 0;
let sentStates = '';
const results = new ResultFrames();
let flushTimer: NodeJS.Immediate | undefined;
let idle: NodeJS.Timeout | undefined;
let isEnding = false;
let setApplied: () => void = () => {};
/** When the first set of probes is as far as it gets. */
const applied = new Promise<void>((resolve) => {
  setApplied = resolve;
});

const connection = connect();
if (hello.threadID === undefined) new WorkerThreads({ interruptLock, start: startInThread() });
setInterval(sendStates, STATES_MILLISECONDS);
const overload = new OverloadDetector();
let isMeasuring = false;
void sampleHealth();
setInterval(() => void sampleHealth(), HEALTH_SAMPLE_MILLISECONDS);

/** What starts the runtime in another thread; the very file that `--require` names, where it does. */
function startInThread(): string {
  const preload = JSON.stringify(join(__dirname, 'preload.cjs'));
  const options = JSON.stringify({ run: start.run, container: hello.containerName, isAttached: start.isAttached });
  return `process.getBuiltinModule('node:module').createRequire(${preload})(${preload}).startInThread(${options})`;
}

/** Lets the program go on once every probe is placed that the scripts so far have a place for. */
async function release(): Promise<void> {
  await applied;
  await probes.settled();
  sendStates();
  Atomics.store(control, HELD, probes.areWaiting ? RELEASED : NONE_WAITS);
  Atomics.notify(control, HELD);
}

/** A busy process answers late, which is its answer. */
async function sampleHealth(): Promise<void> {
  if (isMeasuring || isEnding) return;
  isMeasuring = true;
  try {
    const verdict = overload.judge(await thread.ask({ type: 'health' }, false), performance.now());
    await (verdict.state === 'overload' ? probes.withdraw(verdict.message) : probes.restore());
  } catch {
    // The application's thread could not tell; the next sample will.
  } finally {
    isMeasuring = false;
  }
}

function connect(): AgentLink | undefined {
  try {
    return new AgentLink(start.run, hello, {
      onDesired: (newRevision, wanted) => {
        if (isEnding) return;
        clearTimeout(idle);
        wantedRevision = newRevision;
        apply(newRevision, wanted);
      },
      onClose: (how) => {
        if (isEnding) process.exit();
        void end(how !== 'closed');
      },
    });
  } catch {
    void end(false);
    return undefined;
  }
}

/** A set that is not applied is not acknowledged, and tried again unless there is a newer one. */
function apply(newRevision: number, wanted: readonly WireProbe[]): void {
  probes.apply(wanted).then(
    () => {
      revision = newRevision;
      sentStates = '';
      sendStates();
      setApplied();
      if (probes.states().length === 0) idle = setTimeout(() => void end(false), IDLE_MILLISECONDS);
    },
    () => {
      setTimeout(() => {
        if (!isEnding && wantedRevision === newRevision) apply(newRevision, wanted);
      }, APPLY_AGAIN_MILLISECONDS);
    },
  );
}

function onNotice(notice: Exclude<Notice, { type: 'reply' }>): void {
  switch (notice.type) {
    case 'scripts':
      probes.onScripts(notice.scripts);
      return;
    case 'held':
      void release();
      return;
    case 'hit':
      onHit(notice);
      return;
    case 'prove':
      void prover.prove(notice.id, notice.source);
      return;
    case 'warmedUp':
      return;
    case 'exit':
      interruptLock.release();
      hits.flush();
      probes.explain();
      sendStates();
      flush(() => {
        Atomics.store(control, FLUSHED, 1);
        Atomics.notify(control, FLUSHED);
      });
      return;
    default:
      probes.onNotice(notice);
  }
}

function onHit(hit: Extract<Notice, { type: 'hit' }>): void {
  const tracked = probes.get(hit.uid);
  if (tracked === undefined || tracked.probe.generation !== hit.generation) {
    Atomics.sub(control, OUTSTANDING, 1);
    Atomics.sub(control, OUTSTANDING_BYTES, hit.bytes);
    return;
  }
  const { probe, template, counters } = tracked;
  const { sampledShare } = counters;
  hits.add(hit, () => {
    // From here on it is bounded by its payload and by what the socket holds.
    Atomics.sub(control, OUTSTANDING_BYTES, hit.bytes);
    const result = formed(() => formResult(hit, probe, template, scripts, naming, hello.instanceID));
    if (result === 'failed') {
      probes.takeBack(tracked, 'CaptureFailed');
      Atomics.sub(control, OUTSTANDING, 1);
      return;
    }
    // A number that is taken and never sent would be a lost result.
    const sequence = (control[SEQUENCE] ?? 0) + 1;
    if (result === undefined || !results.add({ ...result, sequence, sampledShare })) {
      probes.takeBack(tracked, 'PayloadTooLarge');
      Atomics.sub(control, OUTSTANDING, 1);
      return;
    }
    Atomics.store(control, SEQUENCE, sequence);
    counters.addResult();
    if (results.isFull) flush();
    else flushTimer ??= setImmediate(flush);
  });
}

/** What goes wrong with one result ends neither the thread nor the other results. */
function formed<T>(form: () => T): T | 'failed' {
  try {
    return form();
  } catch {
    return 'failed';
  }
}

function flush(done?: () => void): void {
  clearImmediate(flushTimer);
  flushTimer = undefined;
  for (const { text, count } of results.take()) {
    const taken = () => Atomics.sub(control, OUTSTANDING, count);
    if (connection === undefined) taken();
    else connection.sendResults(text, taken);
  }
  if (typeof done !== 'function') return;
  if (connection === undefined) done();
  else connection.drained(done);
}

function sendStates(): void {
  if (isEnding || revision === 0) return;
  const states = probes.states();
  const text = JSON.stringify(states);
  if (text === sentStates) return;
  sentStates = text;
  connection?.sendStates(revision, states);
}

/** @param refused whether the application's thread should stay away from the agent for a while. */
async function end(refused: boolean): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  Atomics.store(control, ACTIVE, 0);
  probes.clearFlags();
  await thread.ask({ type: 'end', refused });
  // The thread has connected again by now, and the agent closes this connection for it.
  setTimeout(() => process.exit(), connection === undefined ? 0 : GOODBYE_MILLISECONDS);
}
