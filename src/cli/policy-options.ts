import type { Command } from 'commander';
import { UnreadableError } from '../local/manifests/manifests.ts';
import { type LoadedPolicies, loadOfflinePolicies, NoPoliciesError } from '../local/policies/offline-policies.ts';
import { CommandError, EXIT } from './exit.ts';

/** Policies of files, and for whom they are asked; every command that decides without a cluster has these options. */
export interface PolicyOptions {
  readonly policy?: readonly string[];
  readonly defaultPolicy?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
  /** In which is what names none. */
  readonly namespace?: string;
}

export interface GivenPolicies extends LoadedPolicies {
  /** Undefined where nobody is named. */
  readonly requester: { readonly username: string; readonly groups: readonly string[] } | undefined;
}

/** One at a time: what follows is an argument of the command. */
const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

export function addPolicyOptions(command: Command): Command {
  return command
    .option(
      '--policy <path>',
      'policies, RBAC and Namespaces: a file, or a directory at any depth; repeatable',
      collect,
    )
    .option('--default-policy <file>', 'a ClusterInstrumentationPolicy in the place of the built-in default policy')
    .option('--as <user>', 'who asks for the probes, a service account as system:serviceaccount:NAMESPACE:NAME')
    .option('--as-group <group>', 'a group of that user; repeatable', collect);
}

/**
 * @returns undefined where no policy is given.
 * @throws CommandError for options that say nothing together, and for paths that cannot be read.
 */
export async function givenPolicies(options: PolicyOptions): Promise<GivenPolicies | undefined> {
  const { policy = [], defaultPolicy, as: username, asGroup: groups = [], namespace } = options;
  if (groups.length > 0 && username === undefined)
    throw new CommandError('--as-group says the groups of a user; give --as USER too', EXIT.usage);
  if (policy.length === 0 && defaultPolicy === undefined) {
    if (username === undefined) return undefined;
    throw new CommandError('--as says who asks, which only policies want to know; give --policy PATH too', EXIT.usage);
  }
  try {
    const requester = username === undefined ? undefined : { username, groups };
    return { ...(await loadOfflinePolicies(policy, defaultPolicy, namespace)), requester };
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof NoPoliciesError) throw new CommandError(error.message);
    throw error;
  }
}
