import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** The Secret that holds the authority, in the operator's namespace; `kubernetes.io/tls` in form. */
export const AUTHORITY_SECRET = 'davylamp-ca';
/** Annotation on that Secret that asks for the next authority; the operator removes it when it has made that. */
export const ROTATE_ANNOTATION = 'davylamp.dev/rotate';
/**
 * Name of every authority: a certificate that one issues for the next is then self-issued, which a path length of 0 allows (RFC 5280,
 * 4.2.1.9).
 */
export const AUTHORITY_NAME = 'CN=davylamp-ca';

/** Keys of the authority and of its leaves. */
export const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Milliseconds by which the validity of a certificate begins in the past: clocks of a cluster's nodes differ. */
export const CLOCK_SKEW = 5 * 60_000;
export const DAY = 86_400_000;
const AUTHORITY_DAYS = 3650;

cryptoProvider.set(webcrypto);

/** What the Secret holds, as PEM. */
export interface AuthorityData {
  readonly 'tls.crt': string;
  readonly 'tls.key': string;
  /** Earlier authorities, the only ones that some pods trust, the newest first. Their keys are not kept. */
  readonly 'previous.crt'?: string;
  /** Certificates through which those pods trust the present one: each authority as certified by the one before, the newest first. */
  readonly 'chain.crt'?: string;
}

/** A new authority, as the Secret that keeps it. */
export async function newAuthoritySecret(namespace: string): Promise<object> {
  const { certificate, key } = await newRoot();
  return authoritySecret(namespace, { 'tls.crt': certificate.toString('pem'), 'tls.key': key });
}

export function authoritySecret(namespace: string, data: AuthorityData, resourceVersion?: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: AUTHORITY_SECRET,
      namespace,
      resourceVersion,
      labels: { 'app.kubernetes.io/name': 'davylamp', 'app.kubernetes.io/managed-by': 'davylamp-operator' },
    },
    type: 'kubernetes.io/tls',
    data: Object.fromEntries(
      Object.entries(data).flatMap(([name, text]) => (text === undefined ? [] : [[name, base64(text)]])),
    ),
  };
}

/** A self-signed authority with a new key. */
export async function newRoot(): Promise<{
  certificate: X509Certificate;
  publicKey: webcrypto.CryptoKey;
  key: string;
}> {
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: AUTHORITY_NAME,
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY),
    signingAlgorithm: KEY_ALGORITHM,
    keys,
    extensions: await authorityExtensions(keys.publicKey),
  });
  return { certificate, publicKey: keys.publicKey, key: await keyPem(keys.privateKey) };
}

export async function authorityExtensions(publicKey: webcrypto.CryptoKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** The private key as PKCS #8, PEM. */
export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** 126 random bits in hexadecimal; positive and without a leading zero, as RFC 5280 requires. */
export function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
