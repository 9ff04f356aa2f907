import { createHash } from 'node:crypto';

/** One fingerprint for each certificate of a PEM text, equal for equal certificates. Line breaks and text between them do not matter. */
export function fingerprintsOf(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, body = '']) =>
    createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64url').slice(0, 22),
  );
}
