import { fileURLToPath } from 'node:url';
import { installed } from './installed.ts';
import { LINE_OF_RETURN, type Peer, startServer } from './peer.ts';

/** Cloud Debugger's agent, whose service is gone; its way into V8 is what others learned from. */
export const google: Peer = {
  name: '@google-cloud/debug-agent',
  async start() {
    const agent = installed('@google-cloud/debug-agent/build/src/agent');
    if (agent === undefined) return undefined;
    const preload = fileURLToPath(new URL('google-preload.cjs', import.meta.url));
    const server = await startServer({
      flags: ['--require', preload],
      env: { DAVYLAMP_PEER: `${agent}:${LINE_OF_RETURN}` },
    });
    let logged = 0;
    server.child.stderr?.on('data', () => {
      logged += 1;
    });
    return {
      port: server.port,
      stop: async () => {
        await server.stop();
        if (logged === 0) throw new Error('debug-agent logged nothing, so nothing was measured');
      },
    };
  },
};
