import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../error-code.ts';
import { AttachError } from './attach-error.ts';
import { permissionOption } from './node-command.ts';
import { ageOf, blocksSignal, currentStartTime, handlesSignal } from './process-status.ts';
import type { TargetProcess } from './target-process.ts';

/**
 * SIGUSR1, at which Node.js opens its inspector. A process that does not handle it would be ended by it, so it is sent only where
 * everything that the kernel shows says that Node.js waits for it.
 */

const SIGUSR1 = 10;

/** A process that is younger may not run its program yet: a child that is forked still looks like its parent. */
const SETTLED_MILLISECONDS = 1_000;

/** On busy processors Node.js takes so long at most until it handles the signal, and a process that has just started is not refused before. */
const STARTED_MILLISECONDS = 5_000;
const LOOK_MILLISECONDS = 50;

/** Threads of Node.js have names from Node.js 24 on. The second one is there only where Node.js handles the signal itself. */
const NAMED_THREAD = /V8Worker$/;
const SIGNAL_THREAD = 'SignalInspector';

const RESTART = 'start it under davylamp local -- COMMAND, or with --inspect';

/**
 * Sends the signal.
 * @param onSend called right before it is sent, so that it is known to have been sent whatever happens.
 * @throws AttachError where the process does not handle it, or may not be sent it.
 */
export async function sendDebugSignal(target: TargetProcess, onSend: () => void): Promise<void> {
  const { pid } = target;
  const youth = SETTLED_MILLISECONDS - ageOf(target);
  if (youth > 0) await delay(youth);
  let problem = whyNot(target);
  while (problem?.reason === 'InspectorUnavailable' && ageOf(target) < STARTED_MILLISECONDS) {
    await delay(LOOK_MILLISECONDS);
    problem = whyNot(target);
  }
  // Nothing happens between the last look and the signal, so that the pid is not that of another process by then.
  if (problem !== undefined) throw problem;
  onSend();
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    const finding = `process ${pid} may not be sent a signal (${String(errorCode(error))})`;
    throw new AttachError('ProcessHidden', finding, 'run davylamp as the user of the process');
  }
}

function whyNot(target: TargetProcess): AttachError | undefined {
  const { pid, startTime, options } = target;
  try {
    if (currentStartTime(pid) !== startTime) return new AttachError('NoSupportedRuntime', `process ${pid} has ended`);
    readlinkSync(`/proc/${pid}/exe`);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    if (handlesSignal(status, SIGUSR1) && !blocksSignal(status, SIGUSR1) && mayHandle(pid)) return undefined;
  } catch (error) {
    return new AttachError('NoSupportedRuntime', `process ${pid} cannot be looked at (${String(errorCode(error))})`);
  }
  const permission = permissionOption(options);
  if (permission !== undefined) {
    const finding = `process ${pid} runs with ${permission} and without --allow-inspector, so it has no inspector`;
    return new AttachError('PermissionModel', finding, RESTART);
  }
  const finding = `process ${pid} does not listen to SIGUSR1 (it was started with --disable-sigusr1, or its inspector is disabled)`;
  return new AttachError('InspectorUnavailable', finding, RESTART);
}

/** Whether Node.js itself may handle the signal; only an application does where threads have names and that of Node.js is missing. */
function mayHandle(pid: number): boolean {
  const names = readdirSync(`/proc/${pid}/task`).map((id) => {
    try {
      return readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim();
    } catch {
      // A thread that has ended meanwhile.
      return '';
    }
  });
  return names.includes(SIGNAL_THREAD) || !names.some((name) => NAMED_THREAD.test(name));
}
