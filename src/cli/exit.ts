/** Exit codes of every command; `local` passes on the code of the command that it started. */
export const EXIT = {
  ok: 0,
  /** The input or the target is wrong: a manifest, an object that does not exist, a process that cannot be entered. */
  wrong: 1,
  usage: 2,
  /** No cluster: the kubeconfig is unusable, or the API server does not answer. */
  unreachable: 3,
} as const;

/** A failure with a cause that the user can mend; `message` goes to standard error without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.wrong) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
