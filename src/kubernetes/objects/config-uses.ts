/** Which ConfigMaps and Secrets a pod template uses. Pure. */
import type { ConfigHash } from '../../contract/revision.ts';
import type { PodTemplate } from './pod-template.ts';

export interface ConfigUse {
  kind: ConfigHash['kind'];
  name: string;
  /** Every use says that pods may start without it. */
  optional: boolean;
}

interface Reference {
  name?: string;
  optional?: boolean;
}

interface Container {
  env?: { valueFrom?: { configMapKeyRef?: Reference; secretKeyRef?: Reference } }[];
  envFrom?: { configMapRef?: Reference; secretRef?: Reference }[];
}

interface Volume {
  configMap?: Reference;
  secret?: { secretName?: string; optional?: boolean };
  projected?: { sources?: { configMap?: Reference; secret?: Reference }[] };
}

/**
 * Environment and volumes of every container, init containers included, sorted by kind and name. Pull secrets are not among
 * them: they change who may fetch the image, not what runs.
 */
export function configUses(template: PodTemplate): ConfigUse[] {
  const {
    containers,
    initContainers = [],
    volumes = [],
  } = template.spec as unknown as { containers: Container[]; initContainers?: Container[]; volumes?: Volume[] };
  const found = new Map<string, ConfigUse>();
  for (const use of [...[...containers, ...initContainers].flatMap(containerUses), ...volumes.flatMap(volumeUses)]) {
    const key = `${use.kind}/${use.name}`;
    found.set(key, { ...use, optional: use.optional && (found.get(key)?.optional ?? true) });
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use);
}

function containerUses({ env = [], envFrom = [] }: Container): ConfigUse[] {
  return [
    ...env.flatMap(({ valueFrom = {} }) => pair(valueFrom.configMapKeyRef, valueFrom.secretKeyRef)),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => pair(configMapRef, secretRef)),
  ];
}

function volumeUses({ configMap, secret, projected }: Volume): ConfigUse[] {
  const named = secret && { ...secret, name: secret.secretName };
  return [
    ...pair(configMap, named as Reference),
    ...(projected?.sources ?? []).flatMap((one) => pair(one.configMap, one.secret)),
  ];
}

function pair(configMap: Reference | undefined, secret: Reference | undefined): ConfigUse[] {
  const use = (kind: ConfigUse['kind'], reference: Reference | undefined): ConfigUse[] =>
    reference?.name ? [{ kind, name: reference.name, optional: reference.optional ?? false }] : [];
  return [...use('ConfigMap', configMap), ...use('Secret', secret)];
}
