import * as z from 'zod/mini';

/** Where the kubelet takes the last message of a container from, unless its spec says otherwise. */
export const TERMINATION_LOG = '/dev/termination-log';

/** The part of the agent's environment that only one has that was attached to a running pod. */
const environmentSchema = z.object({
  DAVYLAMP_TARGET_CONTAINER: z.optional(z.string().check(z.minLength(1), z.maxLength(63))),
  DAVYLAMP_TARGET_CONTAINER_ID: z.optional(z.string().check(z.regex(/^[0-9a-zA-Z_.-]{8,128}$/))),
  DAVYLAMP_SIGNALLED: z._default(z.string().check(z.regex(/^(?:\d+-\d+(?:,\d+-\d+)*)?$/)), ''),
  DAVYLAMP_TERMINATION_LOG: z._default(z.string().check(z.minLength(1)), TERMINATION_LOG),
});

/** Where an attached agent is. */
export interface Attachment {
  /** Name of the container whose processes it enters. */
  readonly container: string;
  /** Id of that container, where the pod's containers see each other's processes. */
  readonly containerID?: string;
  /** Processes that got SIGUSR1 in vain from earlier agents, as `PID-STARTTIME`. */
  readonly signalled: readonly string[];
  /** The file from which the kubelet takes what the agent says last. */
  readonly terminationLog: string;
}

/** @returns undefined for an agent that was injected. @throws Error that names every variable that is wrong. */
export function readAttachment(environment: NodeJS.ProcessEnv): Attachment | undefined {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`the environment is not complete: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  if (data.DAVYLAMP_TARGET_CONTAINER === undefined) return undefined;
  return {
    container: data.DAVYLAMP_TARGET_CONTAINER,
    containerID: data.DAVYLAMP_TARGET_CONTAINER_ID,
    signalled: data.DAVYLAMP_SIGNALLED.split(',').filter((key) => key !== ''),
    terminationLog: data.DAVYLAMP_TERMINATION_LOG,
  };
}
