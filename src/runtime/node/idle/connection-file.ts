import { readFileSync } from 'node:fs';
import type { ConnectionFile } from '../../../protocol/runtime-messages.ts';

/** The application may replace it later. */
const { parse } = JSON;

/** Same as CONNECTION_FILE of the protocol, which would bring zod into the application. */
const NAME = 'connection.json';

/** @returns where the agent listens now; undefined while there is no agent or the file is not valid. */
export function readConnectionFile(directory: string): ConnectionFile | undefined {
  try {
    const parsed: unknown = parse(readFileSync(`${directory}/${NAME}`, 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('socket' in parsed) || !('secret' in parsed))
      return undefined;
    const { socket, secret } = parsed;
    if (typeof socket !== 'string' || typeof secret !== 'string' || socket === '') return undefined;
    const silenceSeconds =
      'silenceSeconds' in parsed && typeof parsed.silenceSeconds === 'number' ? parsed.silenceSeconds : undefined;
    return { socket: socket.startsWith('/') ? socket : `${directory}/${socket}`, secret, silenceSeconds };
  } catch {
    return undefined;
  }
}
