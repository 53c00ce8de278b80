import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Part } from '../host/part.ts';
import type { LabState } from '../host/state.ts';
import { pkiFiles, writePki } from './pki.ts';
import { secureGet } from './secure-get.ts';

/** Who asked for what and when, without bodies; one line per finished request (audit.k8s.io/v1). */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata' }],
};

export const apiServer: Part = {
  name: 'apiserver',
  needs: ['etcd'],
  about: 'Kubernetes API server',
  address: (state) => state.apiServer,
  async prepare(state) {
    await writePki(state);
    writeFileSync(auditPolicyFile(state), stringify(AUDIT_POLICY));
  },
  command: (state) => ({ argv: [state.bin['kube-apiserver'] ?? 'kube-apiserver', ...flags(state)] }),
  check: async (state, signal) => void (await secureGet(state, `${state.apiServer}/readyz`, signal)),
};

function auditPolicyFile(state: LabState): string {
  return join(state.dir, 'audit-policy.yaml');
}

function flags(state: LabState): string[] {
  const pki = pkiFiles(state);
  return [
    '--etcd-servers=http://127.0.0.1:2379',
    '--bind-address=127.0.0.1',
    '--secure-port=6443',
    // the address of Service default/kubernetes: loopback is refused in EndpointSlices
    '--advertise-address=10.244.255.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${join(state.dir, 'pki')}`,
    `--tls-cert-file=${pki.apiServerCert}`,
    `--tls-private-key-file=${pki.apiServerKey}`,
    `--client-ca-file=${pki.caCert}`,
    `--service-account-issuer=${state.apiServer}`,
    `--service-account-key-file=${pki.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    `--audit-policy-file=${auditPolicyFile(state)}`,
    `--audit-log-path=${state.auditLog}`,
    // one file for the whole life of a lab: rotation would hide lines from whoever counts them
    '--audit-log-maxsize=10000',
  ];
}
