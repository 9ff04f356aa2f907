import { dump } from 'js-yaml';
import { APPROVE, APPROVE_REASON, APPROVE_TICKET } from '../api/annotations.ts';
import { probeResource } from '../api/kinds.ts';
import { parseProbe } from '../api/parse-probe.ts';
import { approvalsOf } from '../policy/approvals.ts';
import { describePolicyKey } from '../policy/policy-view.ts';
import { requesterOf } from '../policy/requester.ts';
import { specHash } from '../policy/spec-hash.ts';
import { type ClusterOptions, withClient } from './cluster-options.ts';
import { CommandError } from './exit.ts';
import type { OutputFormat } from './output.ts';
import { parseProbeName } from './probe-name.ts';
import { readProbe } from './read-probe.ts';

export interface ApproveOptions extends ClusterOptions {
  readonly namespace?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly specHash?: string;
  readonly output: OutputFormat;
}

/** Shows the spec and approves it: admission says whether that counts, and that it is still the spec of this hash. */
export async function approve(argument: string, options: ApproveOptions): Promise<void> {
  const { kind, name } = parseProbeName(argument);
  const { reason, ticket, output } = options;
  await withClient(options, async (client) => {
    const ref = { namespace: options.namespace ?? client.defaultNamespace, name };
    const resource = probeResource(kind);
    const probe = await readProbe(client, kind, ref.namespace, name);
    const hash = specHash(probe.spec);
    if (options.specHash !== undefined && options.specHash !== hash) {
      throw new CommandError(`the spec is ${hash} now, and not ${options.specHash}: look at it again`);
    }
    const requester = requesterOf(probe.metadata)?.username;
    if (output === 'text') {
      process.stdout.write(`${kind} ${ref.namespace}/${name}, asked for by ${requester ?? 'nobody knows whom'}:\n`);
      process.stdout.write(dump(probe.spec, { lineWidth: 120 }).replace(/^/gm, '  ').trimEnd());
      process.stdout.write('\n');
    }
    const annotations = {
      [APPROVE]: hash,
      ...(reason !== undefined && { [APPROVE_REASON]: reason }),
      ...(ticket !== undefined && { [APPROVE_TICKET]: ticket }),
    };
    const body = { metadata: { uid: probe.metadata.uid, annotations } };
    // Admission refuses the approval where the spec is not the one of this hash any more; status may have been written meanwhile.
    const answer = parseProbe(kind, await client.mergePatch(resource, ref, body, { fieldManager: 'kubectl-davylamp' }));
    const given = approvalsOf(answer).map((one) => ({ ...one, policy: describePolicyKey(one.policy) }));
    if (given.length === 0) {
      throw new CommandError('nothing was recorded: the webhooks of Davylamp are not installed in this cluster');
    }
    if (output === 'json')
      process.stdout.write(`${JSON.stringify({ kind, ...ref, specHash: hash, approvals: given })}\n`);
    else process.stdout.write(`✓ approved, spec ${hash}: ${given.map(({ policy }) => policy).join(', ')}\n`);
  });
}
