import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { StandardOutput } from '../../sinks/standard-output.ts';
import { removeAgentDirectory } from '../processes/agent-directory.ts';
import type { AgentSettings } from '../settings.ts';
import { AttachedAgent } from './attached-agent.ts';
import type { Attachment } from './attachment.ts';
import { ProcProcesses } from './container-processes.ts';
import { readCredential } from './credential.ts';
import { otherUser } from './other-user.ts';
import { makeOwnDirectory } from './own-directory.ts';
import { type Termination, writeTermination } from './termination.ts';

export interface AttachedRunOptions {
  readonly settings: AgentSettings;
  readonly attachment: Attachment;
  /** The directory with the runtime's files. */
  readonly runtimeSource: string;
  readonly input: Readable;
  readonly log: StandardOutput;
  /** Ends the agent. */
  readonly signal: AbortSignal;
}

const CREDENTIAL_MILLISECONDS = 60_000;

/** The whole life of an attached agent. @returns the exit code; the kubelet has the reason. */
export async function runAttached(options: AttachedRunOptions): Promise<number> {
  const { attachment, log } = options;
  // First of all: the application must not lack what the agent takes.
  yieldToApplication();
  const termination = await serve(options).catch((error: unknown): Termination => {
    return { reason: 'Failed', message: error instanceof Error ? error.message : String(error), exitCode: 1 };
  });
  log.agent(termination.exitCode === 0 ? 'Info' : 'Error', `the agent ends: ${termination.message}`);
  writeTermination(attachment.terminationLog, termination);
  return termination.exitCode;
}

async function serve({
  settings,
  attachment,
  runtimeSource,
  input,
  log,
  signal,
}: AttachedRunOptions): Promise<Termination> {
  const container = new ProcProcesses(attachment.containerID);
  const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const user = otherUser(container.pids(), own);
  if (user !== undefined) {
    const message = `the processes of container ${attachment.container} have user ${user.uid} and group ${user.gid}, this agent has ${own.uid} and ${own.gid}`;
    return { reason: 'OtherUser', message, user, exitCode: 0 };
  }
  const credential = await readCredential(input, CREDENTIAL_MILLISECONDS);
  if (credential === undefined) {
    return { reason: 'NoCredential', message: 'no credential came over the standard input', exitCode: 1 };
  }
  const directory = await makeOwnDirectory();
  try {
    const preload = join(runtimeSource, 'preload.cjs');
    const agent = new AttachedAgent({
      ...{ attachment, container, preload, credential, log },
      settings: { ...settings, directory },
    });
    const stop = (): void => agent.end({ reason: 'Terminated', message: 'it was asked to end', exitCode: 0 });
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    return await agent.run();
  } finally {
    removeAgentDirectory(directory);
  }
}

/** Makes the agent the first that the kernel kills for lack of memory in the pod, and the last to get the processor. */
function yieldToApplication(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A system that does not allow it runs the agent like everything else.
  }
}
