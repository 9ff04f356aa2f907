import { errorCode } from '../../error-code.ts';

/** A path that was given for manifests and cannot be read or holds none; the message says what to do. */
export class UnreadableError extends Error {
  constructor(path: string, cause: unknown) {
    const code = errorCode(cause);
    super(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no file or directory ${path}; give the path of a manifest, or of a directory of manifests`
        : code === 'EACCES' || code === 'EPERM'
          ? `this user may not read ${path} (${code}); make it readable, or give another manifest`
          : `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = 'UnreadableError';
  }
}

/** @throws UnreadableError where reading the path fails. */
export async function readable<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new UnreadableError(path, error);
  }
}
