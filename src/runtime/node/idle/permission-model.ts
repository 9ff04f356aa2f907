/** The scopes of Node.js' permission model that the runtime cannot do without, and the options that allow them. */
const NEEDED = [
  { scope: 'worker', option: '--allow-worker' },
  { scope: 'inspector', option: '--allow-inspector' },
] as const;

/**
 * Under `--permission` the runtime may not be allowed to start a worker or to use the inspector. It must not simply try: a session
 * to the main thread that is not allowed aborts the process (Node.js 20 to 26).
 * @returns a message for people that says what is missing; undefined where nothing is.
 */
export function permissionsMissing(): string | undefined {
  const { permission } = process;
  if (permission === undefined) return undefined;
  const missing = NEEDED.filter(({ scope }) => !permission.has(scope)).map(({ option }) => option);
  if (missing.length === 0) return undefined;
  return `the process runs with --permission and without ${missing.join(' and ')}`;
}
