import 'reflect-metadata';
import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, webcrypto } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  AuthorityKeyIdentifierExtension,
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
import { isAlreadyExists, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { SECRETS } from '../../kube/resource.ts';
import { fingerprintsOf } from '../../pods/certificate-fingerprints.ts';
import {
  AUTHORITY_NAME,
  AUTHORITY_SECRET,
  type AuthorityData,
  authorityExtensions,
  authoritySecret,
  CLOCK_SKEW,
  DAY,
  KEY_ALGORITHM,
  keyPem,
  newAuthoritySecret,
  newRoot,
  serialNumber,
} from './authority-secret.ts';

const LEAF_DAYS = 90;
/** Predecessors that are kept. Each adds one certificate to the chain that every agent gets, and to those that it trusts. */
const MAX_PREDECESSORS = 4;

const secretSchema = z.object({
  data: z.object({
    'tls.crt': z.base64(),
    'tls.key': z.base64(),
    'previous.crt': z.base64().optional(),
    'chain.crt': z.base64().optional(),
  }),
});

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
 * An authority that followed another one is also certified by that one, and sends that certificate to every agent: so agents that know
 * only the old one trust the new one, and the old key need not be kept.
 */
export class Authority {
  readonly #data: AuthorityData;
  readonly #certificate: X509Certificate;
  /** Cached, because it is read for every pod that matches a probe and has no connected agent. An authority is immutable. */
  #fingerprint: string | undefined;
  #fingerprints: ReadonlySet<string> | undefined;
  readonly #key: webcrypto.CryptoKey;
  readonly #derived = new Map<string, Buffer>();

  private constructor(data: AuthorityData, certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.#data = data;
    this.#certificate = certificate;
    this.#key = key;
  }

  /** Certificates to trust, PEM: the authority's, and its predecessors', whose leaves other replicas may still serve. */
  get caPem(): string {
    return [this.#certificate.toString('pem'), ...this.predecessors].join('\n');
  }

  /** Certificates of earlier authorities, PEM, the newest first. */
  get predecessors(): string[] {
    return certificatesOf(this.#data['previous.crt']);
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintsOf(this.#certificate.toString('pem'))[0] ?? '';
    return this.#fingerprint;
  }

  /** Fingerprints of {@link caPem}: an agent that trusts any of these trusts the gateway. */
  get fingerprints(): ReadonlySet<string> {
    this.#fingerprints ??= new Set(fingerprintsOf(this.caPem));
    return this.#fingerprints;
  }

  get notBefore(): Date {
    return this.#certificate.notBefore;
  }

  get notAfter(): Date {
    return this.#certificate.notAfter;
  }

  equals(other: Authority): boolean {
    return isDeepStrictEqual(this.#data, other.#data);
  }

  /** @param resourceVersion of the Secret that is to be replaced. */
  toSecret(namespace: string, resourceVersion?: string): object {
    return authoritySecret(namespace, this.#data, resourceVersion);
  }

  /** The next authority, with a key of its own, trusted by all who trust this one. */
  async successor(): Promise<Authority> {
    const { certificate, publicKey, key } = await newRoot();
    const certified = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: AUTHORITY_NAME,
      issuer: this.#certificate.subject,
      notBefore: certificate.notBefore,
      notAfter: this.notAfter,
      signingAlgorithm: KEY_ALGORITHM,
      publicKey,
      signingKey: this.#key,
      extensions: [
        ...(await authorityExtensions(publicKey)),
        await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    return Authority.#fromData({
      'tls.crt': certificate.toString('pem'),
      'tls.key': key,
      'previous.crt': [this.#data['tls.crt'], ...this.predecessors].slice(0, MAX_PREDECESSORS).join('\n'),
      'chain.crt': [certified.toString('pem'), ...certificatesOf(this.#data['chain.crt'])]
        .slice(0, MAX_PREDECESSORS)
        .join('\n'),
    });
  }

  /** The same authority without its predecessors, for when no pod needs them any more. */
  alone(): Promise<Authority> {
    return Authority.#fromData({ 'tls.crt': this.#data['tls.crt'], 'tls.key': this.#data['tls.key'] });
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

  /**
   * A key of 256 bits for something else than certificates, the same in every replica, from which the private key cannot be found. An
   * authority that follows this one gives another key for the same purpose.
   */
  deriveKey(purpose: string): Buffer {
    let key = this.#derived.get(purpose);
    if (key === undefined) {
      key = Buffer.from(hkdfSync('sha256', privatePart(this.#data['tls.key']), '', purpose, 32));
      this.#derived.set(purpose, key);
    }
    return key;
  }

  /** A leaf for servers of these names, valid for 90 days; its key never leaves this process. */
  async issue(dnsNames: readonly string[], now: Date = new Date()): Promise<Leaf> {
    const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
    const notBefore = new Date(now.getTime() - CLOCK_SKEW);
    const notAfter = new Date(Math.min(now.getTime() + LEAF_DAYS * DAY, this.#certificate.notAfter.getTime()));
    const leaf = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: 'CN=davylamp',
      issuer: this.#certificate.subject,
      notBefore,
      notAfter,
      signingAlgorithm: KEY_ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value }))),
        // All authorities have the same name, so the key identifier tells which of them issued this.
        await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    const certPem = [leaf.toString('pem'), ...certificatesOf(this.#data['chain.crt'])].join('\n');
    return { certPem, keyPem: await keyPem(keys.privateKey), notBefore, notAfter };
  }

  /** @throws {AuthorityUnusable} */
  static async fromSecret(secret: unknown, namespace: string): Promise<Authority> {
    const where = `Secret ${namespace}/${AUTHORITY_SECRET}`;
    const wayOut =
      'restore it from a backup, or delete it and restart the operator to have a new authority made; injected pods must then be restarted';
    const parsed = secretSchema.safeParse(secret);
    if (!parsed.success) throw new AuthorityUnusable(`${where} has no tls.crt and tls.key; ${wayOut}`);
    const text = (value: string | undefined) => value && Buffer.from(value, 'base64').toString('latin1');
    const { 'tls.crt': crt, 'tls.key': key, 'previous.crt': previous, 'chain.crt': chain } = parsed.data.data;
    const data = {
      'tls.crt': text(crt) ?? '',
      'tls.key': text(key) ?? '',
      'previous.crt': text(previous),
      'chain.crt': text(chain),
    };
    let authority: Authority;
    try {
      authority = await Authority.#fromData(data);
    } catch (cause) {
      throw new AuthorityUnusable(`${where} does not hold a certificate authority; ${wayOut}`, { cause });
    }
    if (authority.notAfter.getTime() < Date.now()) {
      throw new AuthorityUnusable(`${where} expired on ${authority.notAfter.toISOString()}; ${wayOut}`);
    }
    return authority;
  }

  static async #fromData(data: AuthorityData): Promise<Authority> {
    const certificate = new X509Certificate(data['tls.crt']);
    const [der] = PemConverter.decode(data['tls.key']);
    if (der === undefined) throw new Error('no key in tls.key');
    const key = await webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
    if (!publicPart(der).equals(new Uint8Array(certificate.publicKey.rawData)))
      throw new Error('tls.key does not belong to tls.crt');
    for (const pem of [...certificatesOf(data['previous.crt']), ...certificatesOf(data['chain.crt'])]) {
      new X509Certificate(pem);
    }
    return new Authority(data, certificate, key);
  }
}

function certificatesOf(pem: string | undefined): string[] {
  return pem?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function publicPart(pkcs8: ArrayBuffer): Buffer {
  return createPublicKey(privateKey(pkcs8)).export({ format: 'der', type: 'spki' });
}

/** The secret number of the key, which is the same however its PEM is laid out. */
function privatePart(pem: string): Buffer {
  const [der = new ArrayBuffer()] = PemConverter.decode(pem);
  return Buffer.from(privateKey(der).export({ format: 'jwk' }).d ?? '', 'base64url');
}

function privateKey(pkcs8: ArrayBuffer): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
}
