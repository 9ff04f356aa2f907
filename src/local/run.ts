import { basename } from 'node:path';
import { attach } from '../attach/attach.ts';
import { inspectTarget, type TargetProcess } from '../attach/target-process.ts';
import type { DebuggerMode } from '../protocol/debugger-mode.ts';
import { MAX_PROBES } from '../protocol/limits.ts';
import type { Sink } from '../sinks/sink.ts';
import { toLogLine } from '../sinks/to-log-line.ts';
import { loadManifests, type Manifests } from './manifests/manifests.ts';
import { watchManifests } from './manifests/watch-manifests.ts';
import type { Reporter } from './reporter.ts';
import { reporterSink } from './reporter-sink.ts';
import { createAttachDirectory, createRunDirectory, type RunDirectory } from './run-directory.ts';
import type { RunPolicies } from './run-policies.ts';
import { preloadFile } from './runtime-files.ts';
import { LocalSession, type SessionProbe } from './session.ts';
import { Settling } from './settling.ts';
import { spawnCommand } from './spawn.ts';
import { displayedState } from './terminal/displayed-state.ts';
import { uncoveredChildren } from './uncovered-children.ts';

export type LocalTarget =
  | { readonly pid: number }
  | {
      readonly command: readonly string[];
      readonly standardOutput: 'inherit' | 'stderr';
      readonly debugger?: DebuggerMode;
    };

export interface LocalRunOptions {
  /** Files and directories with manifests. */
  readonly manifests: readonly string[];
  readonly target: LocalTarget;
  readonly reporter: Reporter;
  /** Which probes may be in the process, under policies; all, with the built-in limits, unless given. */
  readonly policies?: RunPolicies | undefined;
  /** Ends the run: every probe is removed, and a command that was started is stopped. */
  readonly signal: AbortSignal;
}

export interface LocalRunResult {
  /** Exit code of the command; 0 for an attached process, 1 when the manifests are wrong or policies deny all of them. */
  readonly exitCode: number;
  /** The state of every probe at the end. */
  readonly probes: readonly SessionProbe[];
}

/** How often processes are looked for that a command starts without the runtime; many live for a moment only. */
const CHILDREN_MILLISECONDS = 300;

/** How often it is checked whether an attached process still exists; there is no event for its end. */
const ALIVE_MILLISECONDS = 500;

/** How long to wait for the last results after a process has ended. Not longer, since its children may live on. */
const LAST_RESULTS_MILLISECONDS = 500;

/** A command that has not ended so long after it was asked to is killed. */
const KILL_MILLISECONDS = 5_000;

/**
 * `davylamp local`, from the manifests to the end: probes go into a command's processes or a running process, results to
 * the reporter, changed manifests are applied again. When it ends, nothing of it is left in the process.
 * @throws AttachError, SpawnError, and UnreadableError for manifests that cannot be read.
 */
export async function runLocal(options: LocalRunOptions): Promise<LocalRunResult> {
  const { manifests, reporter, target, policies } = options;
  const loaded = await loadManifests(manifests);
  if (loaded.issues.length > 0 || loaded.probes.length === 0) {
    reporter.issues(loaded.issues);
    if (loaded.issues.length === 0) reporter.note(`no DynamicLog or Snapshot in ${manifests.join(', ')}`);
    return { exitCode: 1, probes: [] };
  }
  if (policies?.tell(loaded.probes) === 0) {
    reporter.note(`no probe may be in ${describeTarget(target)} under these policies`);
    return { exitCode: 1, probes: [] };
  }
  const attached = 'pid' in target ? await inspectTarget(target.pid) : undefined;
  const directory = attached === undefined ? await createRunDirectory() : await createAttachDirectory(attached);
  const session = startSession(directory, options);
  const watcher = watchManifests(manifests, () => void reload(session, options));
  try {
    await session.listen();
    applyTo(session, loaded, reporter);
    reporter.note(`${describeCount(loaded, session.probes().length)} for ${describeTarget(target)}`);
    reporter.note('spec.target and containerName are of the cluster; here every probe goes into this process');
    const exitCode =
      'pid' in target
        ? await attachAndFollow(target.pid, attached, directory.path, options)
        : await startAndFollow(target, session, directory.path, options);
    if (!session.hasMetProcess)
      reporter.note('no Node.js process announced itself before the end; the probes were in none');
    reporter.ends(session.probes());
    return { exitCode, probes: session.probes() };
  } finally {
    watcher.close();
    await session.close();
    directory.remove();
  }
}

/** @param admitted by policies. */
function describeCount({ probes, files }: Manifests, admitted: number): string {
  const share = admitted < probes.length ? `${admitted} of ` : '';
  return `${share}${probes.length} probe${probes.length === 1 ? '' : 's'} in ${files.length} file${files.length === 1 ? '' : 's'}`;
}

function describeTarget(target: LocalTarget): string {
  if ('pid' in target) return `process ${target.pid}`;
  const [program = '', ...parameters] = target.command;
  return [basename(program), ...parameters].join(' ');
}

function startSession(directory: RunDirectory, { reporter, policies }: LocalRunOptions): LocalSession {
  const tell = (): void => {
    const probes = session.probes();
    const settled = new Set(settling.see(probes));
    // States that pass within a moment are not reported.
    reporter.states(probes.filter((probe) => settled.has(probe) || displayedState(probe)?.mark !== 'waiting'));
  };
  const settling = new Settling((probe) => displayedState(probe)?.text ?? '', tell);
  const sinks: readonly Sink[] = [reporterSink(reporter)];
  const session: LocalSession = new LocalSession({
    directory: directory.path,
    ...(policies && { decide: (probe) => policies.decide(probe) }),
    onResult: (result, { probe }, process) => {
      const { kind, metadata, spec } = probe;
      const line = toLogLine(result, { kind, namespace: metadata.namespace, name: metadata.name }, process);
      for (const sink of sinks) sink.write([{ line, sinkRefs: spec.sinkRefs ?? [] }]);
    },
    onChange: tell,
  });
  return session;
}

function applyTo(session: LocalSession, { probes }: Manifests, reporter: Reporter): void {
  session.apply(probes.map(({ probe }) => probe));
  const waiting = session.probes().length - MAX_PROBES;
  if (waiting > 0) reporter.note(`a process takes ${MAX_PROBES} probes at a time; ${waiting} wait for others to end`);
}

/** Applies changed manifests. Errors in them are reported, and then the probes stay as they were. */
async function reload(
  session: LocalSession,
  { manifests, reporter, policies, signal }: LocalRunOptions,
): Promise<void> {
  try {
    const loaded = await loadManifests(manifests);
    if (signal.aborted) return;
    if (loaded.issues.length > 0) {
      reporter.issues(loaded.issues);
      return;
    }
    policies?.tell(loaded.probes);
    applyTo(session, loaded, reporter);
  } catch (error) {
    reporter.note(`the manifests cannot be read again: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function startAndFollow(
  { command, standardOutput, debugger: mode }: Extract<LocalTarget, { command: unknown }>,
  session: LocalSession,
  directory: string,
  { signal, reporter }: LocalRunOptions,
): Promise<number> {
  const running = await spawnCommand(command, { directory, standardOutput, debugger: mode });
  const watching = watchChildren(running.pid, session, reporter);
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    running.kill('SIGTERM');
    killing = setTimeout(() => running.kill('SIGKILL'), KILL_MILLISECONDS);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const exitCode = await running.ended;
  signal.removeEventListener('abort', stop);
  clearTimeout(killing);
  clearInterval(watching);
  await session.disconnected(LAST_RESULTS_MILLISECONDS);
  return exitCode;
}

/** Reports each process below the command that runs without the runtime, once, so that nobody waits for hits in it. */
function watchChildren(pid: number, session: LocalSession, reporter: Reporter): NodeJS.Timeout {
  const told = new Set<number>();
  return setInterval(async () => {
    const connected = new Set(session.processes().map((process) => process.pid));
    for (const child of await uncoveredChildren(pid, preloadFile())) {
      if (told.has(child.pid) || connected.has(child.pid)) continue;
      told.add(child.pid);
      reporter.note(`process ${child.pid}: ${child.text}`);
    }
  }, CHILDREN_MILLISECONDS).unref();
}

/** Resolves when the process has ended, or the signal has aborted. */
async function attachAndFollow(
  pid: number,
  found: TargetProcess | undefined,
  directory: string,
  { signal, reporter }: LocalRunOptions,
): Promise<number> {
  if (found !== undefined) {
    const remark = await attach(found, { run: directory, preload: preloadFile() });
    if (remark !== undefined) reporter.note(remark);
  }
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      if (!isAlive(pid)) finish();
    }, ALIVE_MILLISECONDS);
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
  });
  return 0;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
