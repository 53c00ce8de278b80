import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from '../host/part.ts';
import type { LabState } from '../host/state.ts';
import { apply } from './kubectl.ts';
import { secureGet } from './secure-get.ts';

/** The product's rights, and the policies that narrow them. */
const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

/** A definition is served a moment after it is created; these answer once the lab's kinds are. */
const SERVED = [
  'networking.istio.io/v1/virtualservices',
  'networking.istio.io/v1/destinationrules',
  'networking.istio.io/v1/gateways',
  'networking.istio.io/v1/sidecars',
  'networking.istio.io/v1alpha3/envoyfilters',
  'gateway.networking.k8s.io/v1/gatewayclasses',
  'gateway.networking.k8s.io/v1/gateways',
  'gateway.networking.k8s.io/v1/httproutes',
  'gateway.networking.k8s.io/v1/grpcroutes',
];

/** Custom resource definitions, namespaces and the product's rights. */
export const base: Part = {
  name: 'base',
  needs: ['apiserver'],
  about: 'CRDs, namespaces, rights',
  async prepare(state, signal) {
    // one kubectl each: they are busy with large files, and there is more than one core
    await Promise.all([
      apply(state, [state.bin['istio-crds.yaml'] ?? ''], signal),
      apply(state, [state.bin['gateway-api-crds.yaml'] ?? ''], signal),
      apply(state, ownFiles(), signal),
    ]);
  },
  async check(state, signal) {
    await Promise.all(SERVED.map((path) => expectServed(state, path, signal)));
  },
};

function ownFiles(): string[] {
  const features = readdirSync(join(DEPLOY, 'features')).map((name) => join('features', name));
  const product = ['rbac.yaml', ...features, 'policies.yaml'].map((name) => join(DEPLOY, name));
  return [...['base.yaml', 'product-binding.yaml'].map((name) => join(import.meta.dirname, name)), ...product];
}

async function expectServed(state: LabState, path: string, signal: AbortSignal): Promise<void> {
  await secureGet(state, `${state.apiServer}/apis/${path}?limit=1`, signal);
}
