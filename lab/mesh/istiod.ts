import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expectOk } from '../host/http-check.ts';
import type { Part } from '../host/part.ts';
import { MESH_CONFIG } from './mesh-config.ts';

/** What stock Envoy does not have (filters of Istio's own build) or the lab does not need is switched off. */
const ENV = {
  PILOT_ENABLE_ALPN_FILTER: 'false',
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: 'false',
  INJECT_ENABLED: 'false',
  POD_NAMESPACE: 'istio-system',
  CLUSTER_ID: 'Kubernetes',
  ISTIOD_CUSTOM_HOST: 'localhost',
};

export const istiod: Part = {
  name: 'istiod',
  needs: ['base'],
  about: 'Istio control plane',
  address: () => '127.0.0.1:15010',
  async prepare(state) {
    // istiod reads YAML 1.1, where a bare OFF is false
    writeFileSync(join(state.dir, 'mesh.yaml'), stringify(MESH_CONFIG, { version: '1.1' }));
  },
  command: (state) => ({
    argv: [
      state.bin['pilot-discovery'] ?? 'pilot-discovery',
      'discovery',
      `--kubeconfig=${state.kubeconfig}`,
      `--meshConfig=${join(state.dir, 'mesh.yaml')}`,
      '--grpcAddr=:15010',
      '--httpAddr=:15080',
      '--monitoringAddr=:15014',
      '--httpsAddr=:15017',
    ],
    env: ENV,
  }),
  check: (_state, signal) => expectOk('http://127.0.0.1:15080/ready', signal),
};
