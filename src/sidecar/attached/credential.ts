import type { Readable } from 'node:stream';

const MAX_BYTES = 4096;

/**
 * Reads the credential: the first line of the agent's standard input, which nobody but the operator writes to. It is in no variable and
 * no file, where others could read it.
 * @returns undefined when none came in time. The input is closed afterwards.
 */
export function readCredential(input: Readable, milliseconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const finish = (credential: string): void => {
      clearTimeout(timer);
      input.removeAllListeners();
      // What an input that is destroyed still says is of no interest.
      input.on('error', () => {});
      input.destroy();
      resolve(credential === '' ? undefined : credential);
    };
    const timer = setTimeout(() => finish(''), milliseconds);
    input.setEncoding('utf8');
    input.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (Buffer.byteLength(end < 0 ? text : text.slice(0, end)) > MAX_BYTES) finish('');
      else if (end >= 0) finish(text.slice(0, end).trim());
    });
    input.on('end', () => finish(text.trim()));
    input.on('error', () => finish(''));
  });
}
