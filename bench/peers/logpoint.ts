import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { LINE_OF_RETURN, type Peer, startServer } from './peer.ts';

/** What DevTools and editors do: a breakpoint over the inspector's port whose condition logs. */
export const logpoint: Peer = {
  name: 'a logpoint of DevTools',
  async start() {
    const server = await startServer({ flags: ['--inspect=127.0.0.1:0'] });
    const { stderr } = server.child;
    if (stderr === null) throw new Error('the server has no standard error');
    let address: string | undefined;
    for await (const line of createInterface({ input: stderr })) {
      address = /ws:\S+/.exec(line)?.[0];
      if (address !== undefined) break;
    }
    stderr.resume();
    const socket = new WebSocket(address ?? '');
    let id = 0;
    const ask = (method: string, params: object) =>
      new Promise<void>((resolve) => {
        const own = ++id;
        const onMessage = (data: unknown) => {
          if (JSON.parse(String(data)).id !== own) return;
          socket.off('message', onMessage);
          resolve();
        };
        socket.on('message', onMessage);
        socket.send(JSON.stringify({ id: own, method, params }));
      });
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    await ask('Runtime.enable', {});
    await ask('Debugger.enable', {});
    await ask('Debugger.setBreakpointByUrl', {
      urlRegex: '.*/http\\.cjs$',
      lineNumber: LINE_OF_RETURN - 1,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: evaluated in the server.
      condition: 'console.log(`order ${order.id} costs ${sum}`), false',
    });
    return {
      port: server.port,
      stop: async () => {
        socket.terminate();
        await server.stop();
      },
    };
  },
};
