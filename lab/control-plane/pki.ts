/** Certificates and kubeconfigs of one lab, made fresh at every start. Keys never leave the run folder. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { LabState } from '../host/state.ts';

const run = promisify(execFile);

/** The product's service account, see deploy/rbac.yaml. */
export const PRODUCT_USER = 'system:serviceaccount:sluice:sluice';

export interface PkiFiles {
  caCert: string;
  apiServerCert: string;
  apiServerKey: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
}

export function pkiFiles(state: Pick<LabState, 'dir'>): PkiFiles {
  const file = (name: string) => join(state.dir, 'pki', name);
  return {
    caCert: file('ca.crt'),
    apiServerCert: file('apiserver.crt'),
    apiServerKey: file('apiserver.key'),
    serviceAccountKey: file('service-account.key'),
    serviceAccountPublicKey: file('service-account.pub'),
  };
}

/** Writes the CA, the API server's certificate, the service-account key and the two kubeconfigs. */
export async function writePki(state: LabState): Promise<void> {
  const dir = join(state.dir, 'pki');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const publicKey = writeKey(join(dir, 'service-account.key'));
  writeFileSync(join(dir, 'service-account.pub'), publicKey);
  await makeAuthority(dir);
  const names = 'IP:127.0.0.1,IP:10.96.0.1,IP:10.244.255.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc';
  await Promise.all([
    makeCertificate(dir, 'apiserver', '/CN=kube-apiserver', `subjectAltName=${names}`),
    makeCertificate(dir, 'admin', '/O=system:masters/CN=admin'),
    // as a pod of it would log in with a token; its groups follow from the name
    makeCertificate(dir, 'sluice', `/O=system:serviceaccounts/O=system:serviceaccounts:sluice/CN=${PRODUCT_USER}`),
  ]);
  writeKubeconfig(state, 'admin', state.kubeconfig);
  writeKubeconfig(state, 'sluice', state.productKubeconfig);
}

/** @returns the public key as PEM */
function writeKey(file: string): string {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(file, pair.privateKey, { mode: 0o600 });
  return pair.publicKey;
}

/** Writes `ca.key` and `ca.crt`. */
export async function makeAuthority(dir: string): Promise<void> {
  writeKey(join(dir, 'ca.key'));
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  await openssl(dir, [
    'req',
    '-x509',
    '-new',
    '-key',
    'ca.key',
    '-subj',
    '/CN=sluice-lab',
    '-days',
    '30',
    ...extensions,
    '-out',
    'ca.crt',
  ]);
}

/** Writes `NAME.key` and `NAME.crt`, signed by the folder's authority. @param days that it is valid; 0: it has expired a second later */
export async function makeCertificate(
  dir: string,
  name: string,
  subject: string,
  extension = '',
  days = 30,
): Promise<void> {
  writeKey(join(dir, `${name}.key`));
  writeFileSync(join(dir, `${name}.ext`), `extendedKeyUsage=serverAuth,clientAuth\n${extension}\n`);
  await openssl(dir, ['req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`]);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', `0x${serialOf(name)}`];
  const files = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.crt`];
  await openssl(dir, ['x509', '-req', '-days', String(days), ...authority, ...files]);
}

/** Any number will do as long as no two certificates of one authority share it. */
function serialOf(name: string): string {
  return Buffer.from(name).toString('hex');
}

async function openssl(cwd: string, args: string[]): Promise<void> {
  await run('openssl', args, { cwd, timeout: 10_000 });
}

function writeKubeconfig(state: LabState, user: string, file: string): void {
  const dir = join(state.dir, 'pki');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server: state.apiServer, 'certificate-authority': join(dir, 'ca.crt') } }],
    users: [
      { name: user, user: { 'client-certificate': join(dir, `${user}.crt`), 'client-key': join(dir, `${user}.key`) } },
    ],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    'current-context': 'lab',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
}
