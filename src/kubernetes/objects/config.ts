/** Which ConfigMaps and Secrets a pod template uses, and the hashes of their contents. */

import type { Problem } from '../../contract/offer.ts';
import type { ConfigHash } from '../../contract/revision.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { ClusterError } from '../client/errors.ts';
import { annotation } from './annotations.ts';
import type { PodTemplate } from './canonical.ts';
import { digest } from './digest.ts';
import { configMapRef, describeRef, secretRef } from './refs.ts';

export interface ConfigUse {
  kind: ConfigHash['kind'];
  name: string;
  /** Every use says that pods may start without it. */
  optional: boolean;
}

interface ConfigObject extends KubeObject {
  data?: Record<string, string> | null;
  binaryData?: Record<string, string> | null;
}

/** On a ConfigMap or Secret: `"false"` leaves it out of revisions, so that a change of it alone (a rotated certificate) rolls nothing out. */
const IN_REVISION = 'sluice.dev/in-revision';

/** Hash of an optional object that does not exist. */
const ABSENT = 'absent';
const HASH_LENGTH = 16;

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

/** Reads what a template uses, without what is left out by annotation. The contents stay in here; hashes and names go out. */
export async function readConfig(
  client: KubeClient,
  namespace: string,
  template: PodTemplate,
): Promise<{ hashes: ConfigHash[]; problems: Problem[] }> {
  const read = await Promise.all(configUses(template).map((use) => readOne(client, namespace, use)));
  return {
    hashes: read.flatMap((one) => (one && 'hash' in one ? [one] : [])),
    problems: read.flatMap((one) => (one && 'problem' in one ? [one] : [])),
  };
}

async function readOne(
  client: KubeClient,
  namespace: string,
  { kind, name, optional }: ConfigUse,
): Promise<ConfigHash | Problem | undefined> {
  const ref = kind === 'ConfigMap' ? configMapRef(namespace, name) : secretRef(namespace, name);
  try {
    const object = await client.get<ConfigObject>(ref);
    if (object)
      return annotation(object, IN_REVISION) === 'false' ? undefined : { kind, name, hash: contentHash(object) };
    if (optional) return { kind, name, hash: ABSENT };
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'forbidden') return unreadable(ref);
    throw error;
  }
  return {
    where: describeRef(ref),
    problem: 'the pod template uses it and it does not exist, so new pods cannot start',
    remedy: 'create it, or mark its use as optional',
  };
}

function unreadable(ref: Ref): Problem {
  return {
    where: describeRef(ref),
    problem: 'the pod template uses it and Sluice may not read it, so a change of it would go unnoticed',
    remedy: `grant "get" on ${ref.resource} in ${ref.namespace} (see deploy/rbac.yaml)`,
  };
}

function contentHash({ data, binaryData }: ConfigObject): string {
  return digest({ data: data ?? {}, binaryData: binaryData ?? {} }, HASH_LENGTH);
}

/** Objects that are not the same in both, in words: `ConfigMap settings`. */
export function changedConfig(before: ConfigHash[], now: ConfigHash[]): string[] {
  const hashIn = (list: ConfigHash[], what: string) => list.find(({ kind, name }) => `${kind} ${name}` === what)?.hash;
  const all = new Set([...before, ...now].map(({ kind, name }) => `${kind} ${name}`));
  return [...all].filter((what) => hashIn(before, what) !== hashIn(now, what));
}

/** One hash for all of them, as written on pod templates. */
export function configHash(hashes: ConfigHash[]): string {
  return digest(hashes, HASH_LENGTH);
}
