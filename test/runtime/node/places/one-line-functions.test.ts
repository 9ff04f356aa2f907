import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

const file = 'one-line.cjs';
const INSIDE = 'the line makes a function: values are those inside of it, whenever it runs';

describe.each(NODES)('functions on one line on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    application = await Application.start(file, { node, run: agent.directory, nodeArgs: ['--expose-gc'] });
    await application.line((line) => line === 'ready');
    await agent.hello();
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
  });

  const lines = [
    { title: 'that a variable of the file holds', line: 2, message: '{number}', want: '8', note: INSIDE },
    { title: 'in an object', line: 4, message: '{number}', want: '4' },
    { title: 'of a class', line: 7, message: '{items.length}', want: '3' },
    { title: 'that is handed on as the file is loaded', line: 13, message: '{request}', want: '7', note: INSIDE },
    { title: 'that a variable of another function holds', line: 20, message: '{other}', want: '5', note: INSIDE },
    {
      title: 'that goes on over the next lines, handed on as the file is loaded',
      line: 14,
      message: '{request}',
      want: '9',
      note: INSIDE,
    },
    { title: 'that is handed on by a line of another function', line: 21, message: '{number}', want: '5' },
  ];

  test.each(lines)('one $title is met', async ({ line, message, want, note }) => {
    const [state] = await agent.desire(dynamicLog({ file, line }, message));
    expect(state).toMatchObject({
      state: 'Armed',
      location: expect.stringContaining(`${file}:${line === 14 ? 15 : line}:`),
    });
    expect(state?.message).toBe(note);
    application.tell('call');
    expect((await agent.result()).log?.message).toBe(want);
  });

  test.each(lines)(
    'one $title is met after V8 let go of what ran as the file was loaded',
    async ({ line, message, want }) => {
      await agent.desire(dynamicLog({ file, line: 11 }, 'x', { uid: 'another' }));
      application.tell('collect');
      application.tell('collect');
      application.tell('call');
      await application.line((text) => text.startsWith('called'));
      const states = await agent.desire(
        dynamicLog({ file, line: 11 }, 'x', { uid: 'another' }),
        dynamicLog({ file, line }, message),
      );
      expect(states[1]).toMatchObject({
        state: 'Armed',
        location: expect.stringContaining(`${file}:${line === 14 ? 15 : line}:`),
      });
      application.tell('call');
      expect((await agent.result()).log?.message).toBe(want);
    },
  );
});
