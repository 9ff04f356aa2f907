import { readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AttachError } from './attach-error.ts';
import { sendDebugSignal } from './debug-signal.ts';
import { arriveText, identitySchema, identityText, leaveText, startedSchema, startText } from './in-process.ts';
import { findInspector, InspectorClient, InspectorGoneError, NoAnswerError } from './inspector-client.ts';
import {
  connectionsOf,
  type InspectorPort,
  inspectorPort,
  listeningInodes,
  type OpenPort,
  openedSince,
} from './inspector-port.ts';
import { opensInspector } from './node-command.ts';
import type { TargetProcess } from './target-process.ts';

/** How long a process may take to open its inspector after the signal. Node.js opens it even while the event loop is busy. */
const INSPECTOR_MILLISECONDS = 5_000;
/** How long it may take to close it again, which it does only in its event loop. */
const CLOSE_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 20;

export interface AttachOptions {
  /** Directory where the runtime finds the agent, and the runtime's preload: by the paths under which the process sees them. */
  readonly run: string;
  readonly preload: string;
  /** Name of the container that the process is in. */
  readonly container?: string;
  /** Whether the process got the signal before. It is never sent twice: an application that handles it itself may do anything. */
  readonly isSignalled?: boolean;
  /** Called right before the process gets the signal. */
  onSignal?(): void;
}

/** Sockets of processes that were to be entered and listen for something else: an application's server is asked once whether it is an inspector. */
const others = new Set<string>();

/** How often a process is tried whose inspector goes away meanwhile, as another agent that has opened it closes it again. */
const MOST_TRIES = 4;

/**
 * Loads the runtime into a running process through its inspector. One that was opened for this is closed again.
 * @returns what people should know of it; undefined where all is as it was.
 * @throws AttachError
 */
export async function attach(target: TargetProcess, options: AttachOptions): Promise<string | undefined> {
  checkNetwork(target.pid);
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToAttach(target, options);
    } catch (error) {
      if (!(error instanceof InspectorGoneError)) throw error;
      if (tries === MOST_TRIES) throw notLoaded(target, error);
      await whyOpen(target);
    }
  }
}

/** @throws AttachError; InspectorGoneError */
async function tryToAttach(target: TargetProcess, options: AttachOptions): Promise<string | undefined> {
  const before = inspectorPort(target);
  // An inspector that opened only after whoever sent the signal had given up is closed by who comes next.
  const isOurs = before.state !== 'open' || (options.isSignalled === true && !opensInspector(target.options));
  if (before.state === 'open' && before.isUsed) throw debuggerAttached(target);
  const open = before.state === 'open' ? before : await openInspector(target, before, options);
  const opened = { ...target, inspectorPort: open.port };
  const url = await inspectorUrl(opened, open);
  try {
    await enter(opened, url, options, isOurs);
  } catch (error) {
    // The next process opens its inspector on the same port, and the next agent should find this one as it was.
    if (isOurs) await whyOpen(opened);
    throw error;
  }
  return isOurs ? await whyOpen(opened) : undefined;
}

/**
 * Closes the inspector that a process has open though it was not started with one. Only for a process that got the signal from an agent which was
 * killed before it could do so itself.
 * @returns that the process has not closed it yet; undefined where nothing is left to close.
 * @throws AttachError, also while somebody is connected; InspectorGoneError
 */
export async function closeInspector(target: TargetProcess): Promise<string | undefined> {
  const open = inspectorPort(target);
  if (open.state !== 'open' || opensInspector(target.options) || others.has(open.inode)) return undefined;
  if (open.isUsed) throw debuggerAttached(target);
  const opened = { ...target, inspectorPort: open.port };
  const client = await InspectorClient.connect(await inspectorUrl(opened, open));
  try {
    await arrive(opened, client);
  } finally {
    client.close(leaveText(true));
  }
  return await whyOpen(opened);
}

/**
 * The address of the inspector behind a port on which the process itself listens.
 * @throws AttachError where that is no inspector; InspectorGoneError
 */
async function inspectorUrl(target: TargetProcess, { host, port, inode }: OpenPort): Promise<string> {
  const url = others.has(inode) ? undefined : await findInspector(port, host);
  if (url !== undefined) return url;
  const now = inspectorPort(target);
  if (now.state !== 'open' || now.inode !== inode) throw new InspectorGoneError('the inspector closed');
  others.add(inode);
  throw new AttachError(
    'InspectorPortTaken',
    `process ${target.pid} itself listens on port ${port}, for something else than its inspector`,
  );
}

/** Tells the process of the connection. @throws AttachError; InspectorGoneError */
async function arrive(target: TargetProcess, client: InspectorClient): Promise<void> {
  const connections = connectionsOf(target, target.inspectorPort, client.localPort);
  if (connections === undefined) throw new InspectorGoneError('the inspector closed the connection');
  await client.evaluate(arriveText(connections));
}

/** @throws AttachError; InspectorGoneError */
async function enter(target: TargetProcess, url: string, options: AttachOptions, isOurs: boolean): Promise<void> {
  let client: InspectorClient | undefined;
  try {
    client = await InspectorClient.connect(url);
    await arrive(target, client);
    const identity = identitySchema.parse(await client.evaluate(identityText(options.preload)));
    checkIdentity(target, identity, options.preload);
    await start(target, client, options);
  } catch (error) {
    throw error instanceof AttachError || error instanceof InspectorGoneError ? error : notLoaded(target, error);
  } finally {
    client?.close(leaveText(isOurs));
  }
}

/** Loads and starts the runtime. Where the process does not answer, it does so when its event loop is free. */
async function start({ pid }: TargetProcess, client: InspectorClient, options: AttachOptions): Promise<void> {
  let answer: unknown;
  try {
    answer = await client.evaluate(startText(options.preload, options), true);
  } catch (error) {
    if (error instanceof NoAnswerError) return;
    throw error;
  }
  const started = startedSchema.parse(answer);
  if ('problem' in started) throw new Error(started.problem);
  if (started.value) return;
  const finding = `process ${pid} has the runtime of another davylamp in it`;
  throw new AttachError('RuntimeBusyDebugger', finding, 'end that one first');
}

function notLoaded({ pid }: TargetProcess, error: unknown): AttachError {
  const problem = error instanceof Error ? error.message : String(error);
  return new AttachError('PlacementFailed', `process ${pid} could not load the runtime: ${problem}`);
}

function checkIdentity(
  { pid }: TargetProcess,
  { pid: found, namespace, version, isNew, mayRead }: ReturnType<typeof identitySchema.parse>,
  preload: string,
): void {
  if (found !== pid || (namespace !== undefined && namespace !== namespaceOf(pid, 'pid'))) {
    throw new AttachError('InspectorPortTaken', `the inspector of process ${pid} answers as process ${found}`);
  }
  if (!isNew) {
    const finding = `${version} is too old to be attached to; Node.js 20.16 and 22.3 are the first that work`;
    throw new AttachError('RuntimeUnsupported', `process ${pid}: ${finding}`);
  }
  if (!mayRead) {
    throw new AttachError(
      'PermissionModel',
      `process ${pid} runs with --permission and may not read ${preload}, which --allow-fs-read would allow`,
    );
  }
}

/** Sends the signal, unless it was sent before, and waits for the inspector. */
async function openInspector(target: TargetProcess, port: InspectorPort, options: AttachOptions): Promise<OpenPort> {
  if (port.state === 'taken') throw portTaken(target, port.holder);
  if (options.isSignalled === true) throw signalInVain(target);
  let before: ReadonlySet<string> = new Set();
  await sendDebugSignal(target, () => {
    before = listeningInodes(target);
    options.onSignal?.();
  });
  const end = performance.now() + INSPECTOR_MILLISECONDS;
  while (performance.now() < end) {
    const opened = openedSince(target, before);
    if (opened !== undefined) return opened;
    const now = inspectorPort(target);
    if (now.state === 'taken') throw portTaken(target, now.holder);
    await delay(POLL_MILLISECONDS);
  }
  throw signalInVain(target);
}

function debuggerAttached({ pid }: TargetProcess): AttachError {
  return new AttachError('RuntimeBusyDebugger', `a debugger is attached to process ${pid}`, 'detach it first');
}

function portTaken({ pid, inspectorPort: port }: TargetProcess, holder: string): AttachError {
  const finding = `${holder} listens on port ${port}, so process ${pid} cannot open its inspector there`;
  return new AttachError(
    'InspectorPortTaken',
    finding,
    'end that one first, or start this one with another --inspect-port',
  );
}

function signalInVain({ pid, inspectorPort: port }: TargetProcess): AttachError {
  const finding =
    `process ${pid} got SIGUSR1, once, and did not open its inspector on port ${port}: ` +
    'it has a handler of its own for SIGUSR1, which got the signal instead of Node.js, or it stands in native code';
  return new AttachError(
    'InspectorUnavailable',
    finding,
    'start it under davylamp local -- COMMAND, or with --inspect',
  );
}

/** Waits until the inspector is closed. @returns that it is not. */
async function whyOpen(target: TargetProcess): Promise<string | undefined> {
  const end = performance.now() + CLOSE_MILLISECONDS;
  while (isOpen(target)) {
    if (performance.now() >= end) {
      return `the inspector of process ${target.pid} is still open on port ${target.inspectorPort}; it closes when its event loop is free`;
    }
    await delay(POLL_MILLISECONDS);
  }
  return undefined;
}

function isOpen(target: TargetProcess): boolean {
  try {
    return inspectorPort(target).state === 'open';
  } catch {
    // A process that has ended has no inspector.
    return false;
  }
}

function checkNetwork(pid: number): void {
  if (namespaceOf('self', 'net') === namespaceOf(pid, 'net')) return;
  throw new AttachError(
    'InspectorUnavailable',
    `process ${pid} has a network of its own, as in a container`,
    'run davylamp there, or label the pod for injection',
  );
}

function namespaceOf(pid: number | 'self', kind: 'net' | 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}
