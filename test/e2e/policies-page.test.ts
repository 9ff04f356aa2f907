import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionOf, get, run, tryKubectl } from './kubectl.ts';

/** Every command of docs/policies.md, in its order, as a platform team would run them. */
describe('docs/policies.md', () => {
  const page = readFileSync(new URL('../../docs/policies.md', import.meta.url), 'utf8');
  const [work = '', end = ''] = page.split('## To take all of it away again');
  const commandsOf = (text: string) =>
    [...text.matchAll(/```sh\n(?<block>.*?)```/gs)].map(({ groups }) => groups?.block).join('');
  const shell = (text: string) => run('bash', ['-e', '-o', 'pipefail', '-x', '-c', commandsOf(text)]);

  beforeAll(async () => {
    await shell(end);
  });
  afterAll(async () => {
    expect((await shell(end)).code).toBe(0);
  });

  it('followed literally, ends where it says', async () => {
    const { code, stdout, stderr } = await shell(work);
    expect({ code, stderr: stderr.slice(-2000) }).toMatchObject({ code: 0 });

    // Developers may log with strict redaction, and take no snapshot.
    expect(stdout).toMatch(/order \d+ of <redacted>/);
    expect(stderr).toContain('ClusterInstrumentationPolicy developers: no rule allows a Snapshot.');
    // Who is on call may take one.
    expect(stdout).toContain('snapshot.davylamp.dev/large-order created');
    // Nobody probes payments without an approval.
    expect(stdout).toMatch(/large-orders +False +AwaitingApproval/);
    const approved = await get('payments', 'dlog', 'large-orders');
    expect(conditionOf(approved, 'Armed').status).toBe('True');
    expect(approved.status.approval.approvals).toMatchObject([{ username: 'carol', reason: 'Incident 42' }]);

    const stranger = ['apply', '-n', 'payments', '-f', 'examples/policies/probes/log.yaml', '--as=eve'];
    expect((await tryKubectl(...stranger)).stderr).toContain('User "eve" cannot');
  });
});
