import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Part } from '../host/part.ts';
import type { LabState } from '../host/state.ts';
import { pkiFiles } from './pki.ts';

/** There is one node and no cloud; the rest does its real work. */
const CONTROLLERS = ['*', '-node-lifecycle-controller', '-node-ipam-controller', '-cloud-node-lifecycle-controller', '-service-lb-controller'];

export const controllerManager: Part = {
  name: 'controller-manager',
  needs: ['apiserver'],
  about: 'Kubernetes controllers',
  command(state) {
    const pki = pkiFiles(state);
    return {
      argv: [
        state.bin['kube-controller-manager'] ?? 'kube-controller-manager',
        `--kubeconfig=${state.kubeconfig}`,
        '--bind-address=127.0.0.1',
        `--tls-cert-file=${pki.apiServerCert}`,
        `--tls-private-key-file=${pki.apiServerKey}`,
        '--use-service-account-credentials',
        `--root-ca-file=${pki.caCert}`,
        `--service-account-private-key-file=${pki.serviceAccountKey}`,
        '--leader-elect=false',
        `--controllers=${CONTROLLERS.join(',')}`,
        // the default of 15 s would make every test of an autoscaler slow
        '--horizontal-pod-autoscaler-sync-period=2s',
      ],
    };
  },
  check: expectHealthy,
};

function expectHealthy(state: LabState, signal: AbortSignal): Promise<void> {
  const agent = new Agent({ ca: readFileSync(state.caFile) });
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(2000)]);
    const call = request('https://127.0.0.1:10257/healthz', { agent, signal: limit }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`/healthz answered ${response.statusCode}`));
    });
    call.on('error', reject);
    call.end();
  });
}
