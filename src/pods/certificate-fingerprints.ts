import { createHash } from 'node:crypto';

/** Names every certificate of a PEM text, whatever its line breaks and what stands between; equal for equal certificates. */
export function fingerprintsOf(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, body = '']) =>
    createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64url').slice(0, 22),
  );
}
