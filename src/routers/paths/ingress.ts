/** Ingresses: no plan steers them, but they lead users to Services. Fields: networking.k8s.io/v1. Pure. */
import type { KubeObject } from '../../kubernetes/client/client.ts';
import type { WalkedTarget, Walker } from './walker.ts';

interface Backend {
  service?: { name: string };
}

interface Ingress extends KubeObject {
  spec?: { defaultBackend?: Backend; rules?: { http?: { paths?: { backend?: Backend }[] } }[] };
}

export const ingressWalker: Walker = {
  kinds: [{ kind: 'Ingress', resource: 'ingresses', versions: ['networking.k8s.io/v1'] }],
  walk: ({ spec, metadata }: Ingress) => {
    const target = ({ service }: Backend = {}): WalkedTarget[] =>
      service ? [{ host: `${service.name}.${metadata.namespace}.svc`, weight: 1 }] : [];
    const rules = (spec?.rules ?? []).map(({ http }, index) => {
      return { list: 'rules', index, targets: (http?.paths ?? []).flatMap(({ backend }) => target(backend)) };
    });
    return [...rules, { list: 'defaultBackend', index: 0, targets: target(spec?.defaultBackend) }];
  },
};
