import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** The Secret that holds the authority, in the operator's namespace; `kubernetes.io/tls` in form. */
export const AUTHORITY_SECRET = 'davylamp-ca';

/** Keys of the authority and of its leaves. */
export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Milliseconds that a certificate is valid before it is made: clocks of a cluster's nodes differ. */
export const CLOCK_SKEW = 5 * 60_000;
export const DAY = 86_400_000;
const AUTHORITY_DAYS = 3650;

cryptoProvider.set(webcrypto);

/** A new authority, as the Secret that keeps it. */
export async function newAuthoritySecret(namespace: string): Promise<object> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=davylamp-ca',
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: AUTHORITY_SECRET,
      namespace,
      labels: { 'app.kubernetes.io/name': 'davylamp', 'app.kubernetes.io/managed-by': 'davylamp-operator' },
    },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': base64(certificate.toString('pem')), 'tls.key': base64(await keyPem(keys.privateKey)) },
  };
}

/** PKCS #8, PEM. */
export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** 126 random bits; positive and without a leading zero, as RFC 5280 has it. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
