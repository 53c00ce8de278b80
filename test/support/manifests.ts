/** Kubernetes objects in YAML, and what is wrong with them that needs no API server to see. */
import { parseAllDocuments } from 'yaml';

type Labels = Record<string, string>;

interface SecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seccompProfile?: { type: string };
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  readOnlyRootFilesystem?: boolean;
  capabilities?: { drop?: string[]; add?: string[] };
}

export interface ManifestContainer {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  ports?: { name?: string; containerPort: number; hostPort?: number }[];
  volumeMounts?: { name: string; mountPath: string }[];
  resources?: { requests?: Labels; limits?: Labels };
  securityContext?: SecurityContext;
  startupProbe?: { exec?: { command: string[] } };
}

interface Volume {
  name: string;
  configMap?: { name: string };
  secret?: { secretName: string };
  persistentVolumeClaim?: { claimName: string };
}

interface PodSpec {
  serviceAccountName?: string;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: SecurityContext;
  containers: ManifestContainer[];
  initContainers?: ManifestContainer[];
  volumes?: Volume[];
}

interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: 'In'; values: string[] }[];
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  data?: Labels;
  rules?: object[];
  subjects?: { kind: string; name: string; namespace: string }[];
  roleRef?: { kind: string; name: string };
  spec?: {
    replicas?: number;
    selector?: Selector | Labels;
    podSelector?: Selector;
    scaleTargetRef?: { name: string };
    template?: { metadata: { labels: Labels }; spec: PodSpec };
  };
}

/** @throws what the parser says of text that is no YAML */
export function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** `Deployment sluice-worker`, with the namespace where it has one. */
export function nameOf({ kind, metadata: { name, namespace } }: Manifest): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function containersOf({ spec }: Manifest): ManifestContainer[] {
  const pod = spec?.template?.spec;
  return pod ? [...(pod.initContainers ?? []), ...pod.containers] : [];
}

const VOLUMES = [
  'name',
  'configMap',
  'secret',
  'emptyDir',
  'persistentVolumeClaim',
  'projected',
  'downwardAPI',
  'csi',
  'ephemeral',
];

/** What the profile `restricted` of Pod Security refuses, and what we want besides: read-only files, requests, a limit of memory. */
export function podProblems(manifest: Manifest): string[] {
  const pod = manifest.spec?.template?.spec;
  if (!pod) return [];
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((one) => pod[one]);
  const volumes = (pod.volumes ?? []).flatMap((one) => [
    ...Object.keys(one).filter((key) => !VOLUMES.includes(key)),
    ...(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(one.name) ? [] : [`name of volume ${one.name}`]),
  ]);
  const own = containersOf(manifest).flatMap((one) =>
    containerProblems(one, pod).map((what) => `${one.name}: ${what}`),
  );
  return [...shared, ...volumes, ...own].map((what) => `${nameOf(manifest)}: ${what}`);
}

function containerProblems(
  { securityContext: own = {}, ports = [], resources }: ManifestContainer,
  pod: PodSpec,
): string[] {
  const both = { ...pod.securityContext, ...own };
  const found = {
    'may run as root': both.runAsNonRoot !== true || !both.runAsUser,
    'no seccomp': both.seccompProfile?.type !== 'RuntimeDefault',
    privileged: own.privileged === true,
    'may gain privileges': own.allowPrivilegeEscalation !== false,
    capabilities: own.capabilities?.drop?.join() !== 'ALL' || own.capabilities.add !== undefined,
    'port of the node': ports.some(({ hostPort }) => hostPort !== undefined),
    'writes to its image': own.readOnlyRootFilesystem !== true,
    'no requests': !resources?.requests?.cpu || !resources.requests.memory,
    'no limit of memory': !resources?.limits?.memory,
  };
  return Object.entries(found).flatMap(([what, is]) => (is ? [what] : []));
}

/**
 * What names something that is not there.
 * @param given secrets and ConfigMaps that others make
 */
export function danglingNames(manifests: Manifest[], given: readonly string[]): string[] {
  const there = new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  return manifests.flatMap((manifest) =>
    namedBy(manifest)
      .filter((name) => !there.has(name) && !given.includes(name))
      .concat(selectsNothing(manifest, manifests) ? ['pods'] : [])
      .map((name) => `${nameOf(manifest)} → ${name}`),
  );
}

function namedBy(manifest: Manifest): string[] {
  const { spec, subjects = [], roleRef } = manifest;
  const pod = spec?.template?.spec;
  const volumes = pod?.volumes ?? [];
  const mounted = containersOf(manifest).flatMap(({ volumeMounts = [] }) => volumeMounts);
  return [
    ...subjects.map(({ kind, name }) => `${kind} ${name}`),
    ...(roleRef ? [`${roleRef.kind} ${roleRef.name}`] : []),
    ...(pod?.serviceAccountName ? [`ServiceAccount ${pod.serviceAccountName}`] : []),
    ...(spec?.scaleTargetRef ? [`Deployment ${spec.scaleTargetRef.name}`] : []),
    ...volumes.flatMap(({ configMap }) => (configMap ? [`ConfigMap ${configMap.name}`] : [])),
    ...volumes.flatMap(({ secret }) => (secret ? [`Secret ${secret.secretName}`] : [])),
    ...volumes.flatMap(({ persistentVolumeClaim: claim }) =>
      claim ? [`PersistentVolumeClaim ${claim.claimName}`] : [],
    ),
    ...containersOf(manifest).flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => (valueFrom ? [`Secret ${valueFrom.secretKeyRef.name}`] : [])),
    ),
    ...mounted
      .filter(({ name }) => !volumes.some((volume) => volume.name === name))
      .map(({ name }) => `volume ${name}`),
  ];
}

/** Services name labels, others a selector; an empty one means all. */
function selectsNothing({ kind, spec }: Manifest, manifests: Manifest[]): boolean {
  const written = spec?.podSelector ?? spec?.selector;
  if (!written) return false;
  const { matchLabels = {}, matchExpressions = [] } =
    kind === 'Service' ? { matchLabels: written as Labels } : (written as Selector);
  return !manifests.some(({ spec: other }) => {
    const labels = other?.template?.metadata.labels;
    if (!labels) return false;
    const same = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
    return same && matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));
  });
}
