import { afterEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { untilLastResults } from '../harness/last-results.ts';
import { dynamicLog, snapshot } from '../harness/probe.ts';
import { fixture, limits, lineOf } from './hostile-run.ts';

const PLACE = { file: 'fixtures/endings.cjs', line: lineOf('endings.cjs', '// the line of the probes') };
const ENDINGS = [
  ...['nothing', 'exit', 'code', 'throw', 'handled', 'reject', 'handledRejection', 'terminated', 'killed', 'warning'],
  'exitInExit',
];

interface Ending {
  readonly lines: readonly string[];
  readonly errors: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

describe.each(NODES)('a program on %s', (node) => {
  let agent: AgentEnd | undefined;

  afterEach(() => {
    agent?.close();
    agent = undefined;
  });

  async function ended(how: string, run?: string): Promise<Ending> {
    const application = await Application.start(fixture('endings.cjs'), { node, run, preloaded: run !== undefined });
    await application.line((line) => line === 'ready');
    if (agent !== undefined) {
      await agent.hello();
      await agent.desire(
        dynamicLog(PLACE, 'value {value}', { limits }),
        snapshot(PLACE, { watch: ['total'], limits }),
        dynamicLog({ function: 'place', at: 'Exit' }, 'gave {$return}', { limits }),
      );
    }
    application.tell(how);
    const closed = new Promise((resolve) => application.child.once('close', resolve));
    await application.exit();
    await closed;
    const errors = application.errors.replaceAll(/node:\d+/g, 'node:PID');
    return { lines: application.lines, errors, code: application.child.exitCode, signal: application.child.signalCode };
  }

  test.each(ENDINGS)('ends as ever, with probes in it, and its results are written: %s', async (how) => {
    const wanted = await ended(how);
    let current: AgentEnd;
    const attempt = async () => {
      agent?.close();
      current = await new AgentEnd().listen();
      agent = current;
      expect(await ended(how, current.directory)).toEqual(wanted);
    };
    if (how === 'killed') return await attempt();
    const areWritten = () => current.results.some(({ log }) => log?.message === 'value 1');
    await untilLastResults(areWritten, () => current, attempt);
  });
});
