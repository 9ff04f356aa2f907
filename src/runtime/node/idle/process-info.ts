import { isMainThread, threadId } from 'node:worker_threads';
import type { Enforcement } from '../../../protocol/needed-enforcement.ts';
import type { ProcessInfo } from '../../../protocol/state.ts';
import { VERSION } from '../../../version.ts';

/** What this runtime enforces of a probe. To be added to with what enforces it, as without it such probes do not come. */
const ENFORCES: readonly Enforcement[] = ['Calls', 'Patterns', 'Places', 'Redaction'];

const SECRET_OPTION = /pass|secret|token|key|credential|auth/i;

/** Matches arguments that look like a secret rather than a name: sixteen characters or more with digits among them. */
const RANDOM = /^(?=.{0,200}\d)[\w+=@ -]{16,}$/;

/** @returns the command line for people, without values of options that look secret and without credentials in URLs. */
export function describeCommand(argv: readonly string[]): string {
  const shown: string[] = [];
  let hideNext = false;
  for (const argument of argv) {
    const [name = '', ...value] = argument.split('=');
    if (hideNext && !argument.startsWith('-')) shown.push('…');
    else if (value.length > 0 && SECRET_OPTION.test(name)) shown.push(`${name}=…`);
    else if (RANDOM.test(argument) && !/[/\\.]/.test(argument)) shown.push('…');
    else shown.push(argument.replace(/\/\/[^/@\s]*@/g, '//…@').replace(/([?&][^=&]{0,64}=)[^&]*/g, '$1…'));
    hideNext = argument.startsWith('-') && value.length === 0 && SECRET_OPTION.test(argument);
  }
  return shown.join(' ').slice(0, 256);
}

/** @returns what this process or worker thread tells the agent of itself. Each call makes a new instanceID. */
export function describeProcess(containerName: string | undefined): ProcessInfo {
  const random = () => Math.random().toString(36).slice(2, 10);
  return {
    instanceID: `${process.pid.toString(36)}-${Date.now().toString(36)}-${random()}${random()}`,
    pid: process.pid,
    threadID: isMainThread ? undefined : threadId,
    containerName,
    language: 'javascript',
    languageVersion: `Node.js ${process.versions.node}`,
    runtimeVersion: VERSION.slice(0, 32),
    placements: ['Breakpoint'],
    enforces: [...ENFORCES],
    command: describeCommand([process.argv0, ...process.execArgv, ...process.argv.slice(1)]),
  };
}
