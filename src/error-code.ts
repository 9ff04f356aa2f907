/** What Node.js or the system calls the error, such as `ENOENT`; undefined where it is none of theirs. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
