import { isMainThread, threadId } from 'node:worker_threads';
import type { ProcessInfo } from '../../../protocol/state.ts';
import { VERSION } from '../../../version.ts';

const SECRET_OPTION = /pass|secret|token|key|credential|auth/i;

/** Nobody names anything so: sixteen characters or more with digits among them. */
const RANDOM = /^(?=.{0,200}\d)[\w+=@ -]{16,}$/;

/** The command line for people: values of options that look secret are left out, and so are credentials in URLs. */
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

/** What this process, or worker thread, says of itself; instanceID is made once for each. */
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
    command: describeCommand([process.argv0, ...process.execArgv, ...process.argv.slice(1)]),
  };
}
