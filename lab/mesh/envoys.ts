import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { apply } from '../control-plane/kubectl.ts';
import { expectOk } from '../host/http-check.ts';
import type { Part } from '../host/part.ts';
import type { LabState } from '../host/state.ts';
import { bootstrap, type EnvoyIdentity } from './bootstrap.ts';

const GATEWAY: EnvoyIdentity = {
  type: 'router',
  pod: 'gw-0',
  namespace: 'istio-ingress',
  ip: '10.244.255.10',
  labels: { istio: 'ingressgateway' },
  adminPort: 15000,
};

const MESH_CLIENT: EnvoyIdentity = {
  type: 'sidecar',
  pod: 'mesh-client-0',
  namespace: 'demo',
  ip: '10.244.2.1',
  labels: { app: 'mesh-client' },
  adminPort: 15001,
};

/** Where users come in. The pod carries the labels Gateway objects select by. */
export const gateway: Part = {
  name: 'gateway',
  needs: ['istiod', 'kubelet'],
  about: 'gateway (Envoy)',
  address: (state) => state.gateway,
  prepare: (state, signal) => createEnvoy(state, 'gateway', GATEWAY, signal),
  check: (state, signal) => expectOk(`${state.envoyAdmin.gateway}/ready`, signal),
};

/** A caller inside the mesh: VirtualServices without `gateways` are obeyed by sidecars only. */
export const meshClient: Part = {
  name: 'mesh-client',
  needs: ['istiod', 'kubelet'],
  about: 'mesh client (Envoy)',
  address: (state) => state.meshProxy,
  prepare: (state, signal) => createEnvoy(state, 'mesh-client', MESH_CLIENT, signal),
  check: (state, signal) => expectOk(`${state.envoyAdmin.meshClient}/ready`, signal),
};

/** Bootstrap file first, then the pod whose image `envoy:NAME` names it. */
async function createEnvoy(state: LabState, name: string, envoy: EnvoyIdentity, signal: AbortSignal): Promise<void> {
  mkdirSync(state.envoyDir, { recursive: true });
  writeFileSync(join(state.envoyDir, `${name}.yaml`), stringify(bootstrap(envoy), { aliasDuplicateObjects: false }));
  await apply(state, [join(import.meta.dirname, `${name}.yaml`)], signal);
}
