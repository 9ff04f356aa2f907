import type { ListenOptions, Server } from 'node:net';

/**
 * @param options port 0 for any that is free.
 * @returns the port that the server listens on.
 * @throws the system's error, for example for a port that is taken.
 */
export async function listen(server: Server, options: ListenOptions & { port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : options.port;
}
