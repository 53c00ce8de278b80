import type { Part } from '../host/part.ts';
import { pkiFiles } from './pki.ts';
import { secureGet } from './secure-get.ts';

/** There is one node and no cloud; the rest does its real work. */
const CONTROLLERS = [
  '*',
  '-node-lifecycle-controller',
  '-node-ipam-controller',
  '-cloud-node-lifecycle-controller',
  '-service-lb-controller',
];

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
        // the default of 20 a second would make hundreds of stand-in pods take minutes
        '--kube-api-qps=200',
        '--kube-api-burst=300',
        // the default of 15 s would make every test of an autoscaler slow
        '--horizontal-pod-autoscaler-sync-period=2s',
      ],
    };
  },
  check: async (state, signal) => void (await secureGet(state, 'https://127.0.0.1:10257/healthz', signal)),
};
