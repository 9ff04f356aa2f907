import { basename } from 'node:path';

/** What the command line of a Node.js process tells. */

const DEFAULT_INSPECTOR_PORT = 9229;

/** Package managers that start the program in a process of its own, by the names of their commands and scripts. */
const PACKAGE_MANAGER = /^(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)(?:-cli)?(?:\.c?js)?$/;

/** Whether a file of this name is Node.js, as far as names tell. */
export function isNodeExecutable(name: string): boolean {
  return /^node(js)?(-?\d[\d.]*)?$/.test(name);
}

/** The port of --inspect, --inspect-port and similar options; the last one counts. */
export function inspectorPortOf(parameters: readonly string[]): number {
  let port = DEFAULT_INSPECTOR_PORT;
  for (const parameter of parameters) {
    const value = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(?:.*:)?(\d+)$/.exec(parameter)?.[1];
    if (value !== undefined) port = Number(value);
  }
  return port;
}

/** Whether options have the inspector open from the start. */
export function opensInspector(parameters: readonly string[]): boolean {
  return parameters.some((parameter) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(parameter));
}

/** The option by which the process has a permission model; undefined where it has none. */
export function permissionOption(parameters: readonly string[]): string | undefined {
  return parameters.find((parameter) => /^--(?:experimental-)?permission$/.test(parameter));
}

/** Parameters of the options in NODE_OPTIONS, which come before those of the command line. */
export function nodeOptions(environment: string): string[] {
  const options = /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(environment)?.[1] ?? '';
  return options.split(/\s+/).filter((option) => option !== '');
}

/**
 * Whether the process is npm or the like, which has started the program as a process of its own. npm writes its command where the command
 * line was.
 */
export function isPackageManager([program = '', ...parameters]: readonly string[]): boolean {
  const [title = ''] = program.split(' ');
  if (PACKAGE_MANAGER.test(basename(title))) return true;
  const script = parameters.find((parameter) => parameter !== '' && !parameter.startsWith('-'));
  return isNodeExecutable(basename(program)) && script !== undefined && PACKAGE_MANAGER.test(basename(script));
}
