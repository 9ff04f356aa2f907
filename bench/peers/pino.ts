import { type Peer, startServer } from './peer.ts';

/** The line that somebody would have written by hand, with the logger that Node.js services use; it writes to nowhere. */
export const pino: Peer = { name: 'a pino line written by hand', start: () => startServer({ args: ['pino'] }) };
