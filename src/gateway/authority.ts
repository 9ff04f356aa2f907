import 'reflect-metadata';
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { z } from 'zod';
import { isAlreadyExists, isNotFound } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { SECRETS } from '../kube/resource.ts';
import {
  AUTHORITY_SECRET,
  CLOCK_SKEW,
  DAY,
  KEY_ALGORITHM,
  keyPem,
  newAuthoritySecret,
  serialNumber,
} from './authority-secret.ts';

const LEAF_DAYS = 90;

const secretSchema = z.object({ data: z.object({ 'tls.crt': z.base64(), 'tls.key': z.base64() }) });

/** A serving certificate and its key, PEM. */
export interface Leaf {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The Secret exists and does not hold a usable authority. */
export class AuthorityUnusable extends Error {}

/**
 * Davylamp's own certificate authority: agents trust it (its certificate travels in the injected sidecar), and so does the API server
 * (caBundle of the webhook). It is made once and kept in a Secret; every replica issues its own short-lived leaf from it, in memory.
 */
export class Authority {
  /** The authority's certificate, PEM. */
  readonly caPem: string;
  private readonly certificate: X509Certificate;
  private readonly key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.caPem = certificate.toString('pem');
    this.certificate = certificate;
    this.key = key;
  }

  /**
   * Reads the authority, or makes it. When two replicas make one at the same time, both use that of the first.
   * @throws {AuthorityUnusable} when the Secret holds something else; it is never overwritten.
   */
  static async load(client: KubeClient, namespace: string): Promise<Authority> {
    const ref = { namespace, name: AUTHORITY_SECRET };
    const existing = await client.get(SECRETS, ref).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (existing !== undefined) return Authority.fromSecret(existing, namespace);
    try {
      return await Authority.fromSecret(
        await client.create(SECRETS, { namespace }, await newAuthoritySecret(namespace)),
        namespace,
      );
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return Authority.fromSecret(await client.get(SECRETS, ref), namespace);
    }
  }

  /** A leaf for servers of these names, valid for 90 days; its key never leaves this process. */
  async issue(dnsNames: readonly string[], now: Date = new Date()): Promise<Leaf> {
    const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
    const notBefore = new Date(now.getTime() - CLOCK_SKEW);
    const notAfter = new Date(Math.min(now.getTime() + LEAF_DAYS * DAY, this.certificate.notAfter.getTime()));
    const leaf = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: 'CN=davylamp',
      issuer: this.certificate.subject,
      notBefore,
      notAfter,
      signingAlgorithm: KEY_ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
      ],
    });
    return { certPem: leaf.toString('pem'), keyPem: await keyPem(keys.privateKey), notBefore, notAfter };
  }

  /** @throws {AuthorityUnusable} */
  static async fromSecret(secret: unknown, namespace: string): Promise<Authority> {
    const where = `Secret ${namespace}/${AUTHORITY_SECRET}`;
    const wayOut =
      'delete it and restart the operator to have a new authority made; injected pods must then be restarted';
    const parsed = secretSchema.safeParse(secret);
    if (!parsed.success) throw new AuthorityUnusable(`${where} has no tls.crt and tls.key; ${wayOut}`);
    const pem = (member: keyof typeof parsed.data.data) =>
      Buffer.from(parsed.data.data[member], 'base64').toString('latin1');
    let authority: Authority;
    try {
      const certificate = new X509Certificate(pem('tls.crt'));
      const [der] = PemConverter.decode(pem('tls.key'));
      if (der === undefined) throw new Error('no key in tls.key');
      const key = await webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
      if (!publicPart(der).equals(new Uint8Array(certificate.publicKey.rawData)))
        throw new Error('tls.key does not belong to tls.crt');
      authority = new Authority(certificate, key);
    } catch (cause) {
      throw new AuthorityUnusable(`${where} does not hold a certificate authority; ${wayOut}`, { cause });
    }
    if (authority.certificate.notAfter.getTime() < Date.now()) {
      throw new AuthorityUnusable(`${where} expired on ${authority.certificate.notAfter.toISOString()}; ${wayOut}`);
    }
    return authority;
  }
}

function publicPart(pkcs8: ArrayBuffer): Buffer {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
