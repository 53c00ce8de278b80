/** The kinds of Flagger and Argo as far as they are needed: neither runs in the lab. */
import { apply, kubectl } from './cluster.ts';

const LOOSE = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

interface CustomKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  subresources?: object;
}

function definition({ group, version, kind, plural, subresources }: CustomKind): object {
  const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: LOOSE, status: LOOSE } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      ...{ group, names, scope: 'Namespaced' },
      versions: [{ name: version, served: true, storage: true, schema, subresources }],
    },
  };
}

const FLAGGER = { group: 'flagger.app', version: 'v1beta1' };
const KINDS: Record<'flagger' | 'argo', CustomKind[]> = {
  flagger: [{ ...FLAGGER, kind: 'Canary', plural: 'canaries' }],
  argo: [
    {
      ...{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts' },
      subresources: {
        scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
      },
    },
  ],
};

/** Teaches the API server a tool's kinds; they stay, as another file may be in the middle. */
export async function know(tool: 'flagger' | 'argo'): Promise<void> {
  await apply(KINDS[tool].map(definition));
  for (const { plural, group } of KINDS[tool])
    await kubectl('wait', `crd/${plural}.${group}`, '--for=condition=Established', '--timeout=60s');
}
