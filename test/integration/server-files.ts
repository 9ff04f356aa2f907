import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

export interface ServerFiles {
  readonly certificate: string;
  readonly key: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  /** Certificate of the authority in PEM; the server's is its own. */
  readonly ca: string;
  readonly adminToken: string;
}

/** What one kube-apiserver needs to know about identities, in files of `directory`; all of it lives as long as the test run. */
export async function writeServerFiles(directory: string): Promise<ServerFiles> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=davylamp-test-apiserver',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 24 * 3600_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.SubjectAlternativeNameExtension([
          { type: 'ip', value: '127.0.0.1' },
          { type: 'dns', value: 'localhost' },
        ]),
      ],
    },
    webcrypto,
  );
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const serviceAccount = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const adminToken = randomBytes(24).toString('hex');
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const ca = certificate.toString('pem');
  return {
    certificate: write('apiserver.crt', ca),
    key: write('apiserver.key', key),
    tokens: write('tokens.csv', `${adminToken},admin,admin,system:masters\n`),
    serviceAccountKey: write('service-account.key', serviceAccount.export({ type: 'sec1', format: 'pem' }).toString()),
    ca,
    adminToken,
  };
}

/** A kubeconfig for one server and the administrator's token. */
export function kubeconfigText(server: string, { ca, adminToken }: ServerFiles): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'admin', user: { token: adminToken } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  });
}
