import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from './installed.ts';
import { LINE_OF_RETURN, type Peer, startServer } from './peer.ts';

const PROBE = {
  id: 'f2d0a3f6-5b0e-4c4e-9f5e-0d5f0b6f3c11',
  version: 0,
  type: 'LOG_PROBE',
  language: 'javascript',
  where: { sourceFile: 'http.cjs', lines: [String(LINE_OF_RETURN)] },
  tags: [],
  template: 'order {order.id} costs {sum}',
  segments: [
    { str: 'order ' },
    { dsl: 'order.id', json: { getmember: [{ ref: 'order' }, 'id'] } },
    { str: ' costs ' },
    { dsl: 'sum', json: { ref: 'sum' } },
  ],
  captureSnapshot: false,
  capture: { maxReferenceDepth: 3 },
  sampling: { snapshotsPerSecond: 1_000_000 },
  evaluateAt: 'EXIT',
};

/** Dynamic instrumentation of dd-trace, with a probe from its probe file; this process takes what it sends, and answers as its agent. */
export const datadog: Peer = {
  name: 'dd-trace, dynamic instrumentation',
  async start() {
    const preload = installed('dd-trace/init.js');
    if (preload === undefined) return undefined;
    let received = 0;
    const agent = createServer((request, response) => {
      if (request.url?.includes('debugger')) received += 1;
      request.resume().on('end', () =>
        response.end(
          JSON.stringify({
            endpoints: ['/v0.4/traces', '/v0.7/config', '/debugger/v1/input', '/debugger/v1/diagnostics'],
          }),
        ),
      );
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
    const { port } = agent.address() as AddressInfo;
    const directory = mkdtempSync(join(tmpdir(), 'davylamp-peer-'));
    const probes = join(directory, 'probes.json');
    writeFileSync(probes, JSON.stringify([PROBE]));
    const server = await startServer({
      flags: ['--require', preload],
      env: {
        DD_TRACE_AGENT_URL: `http://127.0.0.1:${port}`,
        DD_DYNAMIC_INSTRUMENTATION_ENABLED: 'true',
        DD_DYNAMIC_INSTRUMENTATION_PROBE_FILE: probes,
        DD_TRACING_ENABLED: 'false',
        DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
        DD_SERVICE: 'bench',
      },
    });
    return {
      port: server.port,
      stop: async () => {
        await server.stop();
        agent.closeAllConnections();
        agent.close();
        rmSync(directory, { recursive: true });
        if (received === 0) throw new Error('dd-trace sent nothing, so nothing was measured');
      },
    };
  },
};
