import { type MessagePort, workerData } from 'node:worker_threads';
import { ACTIVE, FLUSHED, HELD, NONE_WAITS, RELEASED } from './channel/control-block.ts';
import type { Notice } from './channel/notices.ts';
import type { WorkerStart } from './channel/worker-start.ts';
import { AgentLink } from './worker/agent-link.ts';
import { ApplicationThread } from './worker/application-thread.ts';
import { DesiredProbes } from './worker/desired/desired-probes.ts';
import { HealthWatch } from './worker/health/health-watch.ts';
import { WorkerThreads, workerThreadInterrupt } from './worker/interrupts/application-worker-threads.ts';
import { InterruptLock } from './worker/interrupts/interrupt-lock.ts';
import { mainThreadInterrupt } from './worker/interrupts/main-thread-interrupt.ts';
import { startInThread } from './worker/interrupts/start-in-thread.ts';
import { Prover } from './worker/proofs/prover.ts';
import { formResult } from './worker/results/form-result.ts';
import { HitQueue } from './worker/results/hit-queue.ts';
import { ResultSender } from './worker/results/result-sender.ts';
import { Revisions } from './worker/revisions.ts';
import { Naming } from './worker/sources/names/naming.ts';
import { ScriptTexts } from './worker/sources/script-texts.ts';
import { Scripts } from './worker/sources/scripts.ts';

/**
 * The runtime's own thread, from the first probe to some seconds after the last: holds the socket to the agent, finds
 * positions, compiles expressions, forms results, and keeps time, whatever the application's thread is doing.
 */

const GOODBYE_MILLISECONDS = 2000;

const start: WorkerStart & { readonly port: MessagePort } = workerData;
const { control, hello, directory } = start;
const isMainThread = hello.threadID === undefined;
let isEnding = false;

const lock = new InterruptLock(control);
const interrupt =
  hello.threadID === undefined ? mainThreadInterrupt(lock) : workerThreadInterrupt(hello.threadID, lock);
const thread = new ApplicationThread(start.port, onNotice, interrupt);
const scripts = new Scripts(directory, __dirname);
const texts = new ScriptTexts(scripts, (scriptId) => thread.ask({ type: 'source', scriptId }));
const naming = new Naming(scripts, texts);
const probes = new DesiredProbes(thread, control, scripts, texts, naming, directory, start.counters, start.placements);
const prover = new Prover(thread, scripts, texts);
const link = AgentLink.open(start.run, hello, {
  onDesired: (revision, wanted) => revisions.apply(revision, wanted),
  onClose: (how) => (isEnding ? process.exit() : void end(how !== 'closed')),
});
const revisions = new Revisions(probes, link, () => void end(false));
const hits = new HitQueue(scripts, naming);
const results = new ResultSender(control, link, hits, probes, (hit, { probe, template }) =>
  formResult(hit, probe, template, scripts, naming, hello.instanceID),
);
const health = new HealthWatch(thread, probes);
if (isMainThread) new WorkerThreads({ interruptLock: lock, start: startInThread(start, __dirname) });
if (link === undefined) void end(false);

function onNotice(notice: Exclude<Notice, { type: 'reply' }>): void {
  switch (notice.type) {
    case 'scripts':
      probes.onScripts(notice.scripts);
      return;
    case 'held':
      void release();
      return;
    case 'hit':
      results.onHit(notice);
      return;
    case 'prove':
      void prover.prove(notice.id, notice.source);
      return;
    case 'warmedUp':
      return;
    case 'exit':
      onExit();
      return;
    default:
      probes.onNotice(notice);
  }
}

/** Ends the startup hold once every probe is placed that has a place in the scripts that are loaded so far. */
async function release(): Promise<void> {
  await revisions.first;
  await probes.settled();
  revisions.sendStates();
  Atomics.store(control, HELD, probes.areWaiting ? RELEASED : NONE_WAITS);
  Atomics.notify(control, HELD);
}

/** Writes everything out when the process ends, which waits a moment for that. */
function onExit(): void {
  lock.release();
  hits.flush();
  probes.explain();
  revisions.sendStates();
  results.flush(() => {
    Atomics.store(control, FLUSHED, 1);
    Atomics.notify(control, FLUSHED);
  });
}

/** Ends the worker. @param refused whether the application's thread should not connect to the agent for a while. */
async function end(refused: boolean): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  revisions.stop();
  health.stop();
  Atomics.store(control, ACTIVE, 0);
  probes.clearFlags();
  await thread.ask({ type: 'end', refused });
  // The application's thread has its idle connection by now, for which the agent closes this one. The timer is for an agent that does not.
  setTimeout(() => process.exit(), link === undefined ? 0 : GOODBYE_MILLISECONDS);
}
