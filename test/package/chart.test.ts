/** The chart by Helm: what values it takes, and what it makes of them. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { watchInstallation } from '../../src/installation/index.ts';
import { containersOf, danglingNames, type Manifest, manifestsIn, nameOf, podProblems } from '../support/manifests.ts';
import { helm } from './helm.ts';
import { ROOT } from './installed.ts';

const CHART = join(ROOT, 'deploy', 'chart');
const valuesOf = (name: string) => join(import.meta.dirname, 'chart', `${name}.yaml`);
const BUILD = { timeout: 900_000, tags: ['repeat'] };

/** Renders as `helm install sluice` would, into namespace `delivery`. */
async function render(...more: string[]): Promise<Manifest[]> {
  return manifestsIn(await helm('template', 'sluice', CHART, '--namespace', 'delivery', ...more));
}

/** Values of a test, with what must be there before. */
const CASES: Record<string, string[]> = {
  zero: ['Secret sluice-keys'],
  address: [
    ...[
      'own-keys',
      'watcher-key',
      'smtp',
      'slack',
      'senders.shop',
      'revision-keys',
      'temporal-ca',
      'temporal-client',
    ].map((one) => `Secret ${one}`),
    'ConfigMap plans-of-shop',
  ],
  cloud: ['Secret sluice-keys', 'Secret temporal-api-key'],
};

describe('the chart', () => {
  it('is what helm lint has nothing to say to, with every set of values', BUILD, async () => {
    for (const name of ['', ...Object.keys(CASES)]) {
      const values = name ? ['--values', valuesOf(name)] : [];
      expect(await helm('lint', '--strict', CHART, ...values)).toContain('1 chart(s) linted, 0 chart(s) failed');
    }
  });

  it('renders by default what is committed', BUILD, async () => {
    const text = await helm('template', 'sluice', CHART, '--namespace', 'sluice');
    await expect(text).toMatchFileSnapshot(join(ROOT, 'deploy', 'rendered', 'default.yaml'));
  });

  it('renders the same from its package', BUILD, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chart-'));
    await helm('package', CHART, '--destination', folder);
    const { version } = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
    const text = await helm('template', 'sluice', join(folder, `sluice-${version}.tgz`), '--namespace', 'sluice');
    expect(text).toBe(await readFile(join(ROOT, 'deploy', 'rendered', 'default.yaml'), 'utf8'));
  });

  it.each(Object.entries(CASES))('%s: every object is whole, and every pod restricted', BUILD, async (name, given) => {
    const all = await render('--values', valuesOf(name));
    expect(new Set(all.map(nameOf)).size).toBe(all.length);
    for (const one of all)
      expect(one, nameOf(one)).toMatchObject({ apiVersion: expect.any(String), metadata: expect.anything() });
    expect(all.flatMap(podProblems)).toEqual([]);
    expect(danglingNames(all, given)).toEqual([]);
    expect(all.filter(isMisplaced).map(nameOf)).toEqual([]);
    expect(JSON.stringify(all)).not.toMatch(/@(plans|ingress|monitoring|temporal|demo)|serviceaccount:sluice:/);
  });
});

/** Not where the release is, nor where its plans are. */
function isMisplaced({ kind, metadata: { name, namespace } }: Manifest): boolean {
  if (/^(ClusterRole|ValidatingAdmissionPolicy)/.test(kind)) return namespace !== undefined;
  if (name === 'sluice-cluster') return namespace !== 'kube-system';
  const ofPlans = kind === 'RoleBinding' && name !== 'sluice-keys';
  return ofPlans ? !['shop', 'edge', 'delivery', 'demo'].includes(namespace ?? '') : namespace !== 'delivery';
}

describe('by values', () => {
  it('address: all features, TLS, a network of least rights', BUILD, async () => {
    const all = await render('--values', valuesOf('address'));
    const names = all.map(nameOf);
    const features = [
      '',
      '-autoscalers',
      '-canary',
      '-destinations',
      '-jobs',
      '-plans',
      '-plan-status',
      '-secrets',
      '-watch',
      '-watch-secrets',
    ].map((one) => `sluice${one}`);
    for (const namespace of ['shop', 'edge'])
      for (const name of features) expect(names).toContain(`RoleBinding ${namespace}/${name}`);
    expect(names).toContain('ClusterRoleBinding sluice-ways');
    for (const kind of ['PodMonitor', 'PrometheusRule'])
      expect(find(all, `${kind} delivery/sluice`).metadata.labels?.release).toBe('prometheus');
    expect(JSON.parse(find(all, 'ConfigMap delivery/sluice-board').data?.['sluice.json'] ?? '')).toMatchObject({
      uid: 'sluice',
    });
    for (const name of ['server', 'worker']) expect(names).toContain(`PodDisruptionBudget delivery/sluice-${name}`);
    expect(names.filter((name) => /sluice-temporal|Job delivery\/sluice-keys/.test(name))).toEqual([]);
    const [server] = containersOf(find(all, 'Deployment delivery/sluice-server'));
    expect(Object.fromEntries((server?.env ?? []).map(({ name, value }) => [name, value]))).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      TEMPORAL_NAMESPACE: 'deploys',
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: 'frontend.example.com',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/etc/sluice/temporal-ca/ca.crt',
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/etc/sluice/temporal-client/tls.crt',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/etc/sluice/temporal-client/tls.key',
    });
    const paths = (name: string) =>
      containersOf(find(all, `Deployment delivery/sluice-${name}`))[0]?.volumeMounts?.map(({ mountPath }) => mountPath);
    expect(paths('server')).toEqual(expect.arrayContaining(['/etc/sluice/keys', '/etc/sluice/secrets/senders.shop']));
    expect(paths('worker')).toContain('/etc/sluice/secrets/revision-keys');
    expect(paths('worker')).not.toContain('/etc/sluice/keys');
    expect(paths('watcher')).toEqual(expect.arrayContaining(['/etc/sluice/keys', '/etc/sluice/secrets/revision-keys']));
    const watcher = find(all, 'Deployment delivery/sluice-watcher').spec?.template?.spec;
    expect(watcher?.volumes?.find(({ name }) => name === 'keys')?.secret?.secretName).toBe('watcher-key');
    expect(watcher?.containers[0]?.args).toContain('--lease=delivery/sluice-watcher');
    expect(find(all, 'RoleBinding delivery/sluice-watch-lease')).toMatchObject({ roleRef: { kind: 'Role' } });
    const network = JSON.stringify(find(all, 'NetworkPolicy delivery/worker'));
    for (const place of ['"temporal-system"', '["shop","edge"]', '192.0.2.7/32', '"port":443'])
      expect(network).toContain(place);
    // plans that are objects: the server may ask for them
    expect(JSON.stringify(find(all, 'NetworkPolicy delivery/server-plans'))).toContain('192.0.2.7/32');
    expect(find(all, 'RoleBinding shop/sluice-plans')).toMatchObject({
      subjects: [{ name: 'sluice' }, { name: 'sluice-server', namespace: 'delivery' }],
    });
    for (const name of ['ServiceAccount delivery/sluice-server', 'Deployment delivery/sluice-server'])
      expect(JSON.stringify(find(all, name))).toContain('"automountServiceAccountToken":true');
    expect(find(all, 'NetworkPolicy delivery/server').spec).toMatchObject({
      ingress: [{ from: [inNamespace('monitoring')] }, { from: [inNamespace('temporal')] }],
    });
  });

  it('address: an installation with the key of this server', BUILD, async () => {
    const all = await render('--values', valuesOf('address'));
    const file = join(await mkdtemp(join(tmpdir(), 'chart-')), 'sluice.yaml');
    await writeFile(file, find(all, 'ConfigMap delivery/sluice-installation').data?.['sluice.yaml'] ?? '');
    expect(await watchInstallation(file)).toMatchObject({
      known: {
        key: { file: '/etc/sluice/keys/server-key.json' },
        planSources: [{ name: 'plans', dir: '/etc/sluice/plans', namespaces: ['shop', 'edge'] }],
        metricSources: [{ name: 'shop' }],
      },
    });
  });

  it('zero: KEDA says how many workers there are, by the queues of this cluster', BUILD, async () => {
    const all = await render('--values', valuesOf('zero'));
    expect(find(all, 'Deployment delivery/sluice-worker').spec).not.toHaveProperty('replicas');
    expect(all.map(nameOf)).not.toContain('PodDisruptionBudget delivery/sluice-worker');
    const text = JSON.stringify(find(all, 'ScaledObject delivery/sluice-worker'));
    for (const queue of ['sluice', 'sluice.eu-1', 'sluice.eu-1.wait']) expect(text).toContain(`"taskQueue":"${queue}"`);
    expect(text).toContain('sluice_exposed{cluster=\\"eu-1\\"}');
    expect(text).toContain('"endpoint":"sluice-temporal.delivery:7233"');
    expect(text).not.toContain('authenticationRef');
  });

  it(
    'cloud: an API key for all who ask Temporal, KEDA too, and nothing that Temporal Cloud refuses',
    BUILD,
    async () => {
      const all = await render('--values', valuesOf('cloud'));
      expect(all.map(nameOf)).not.toContain('Job delivery/sluice-setup');
      const key = {
        name: 'TEMPORAL_API_KEY',
        valueFrom: { secretKeyRef: { name: 'temporal-api-key', key: 'api-key' } },
      };
      for (const name of ['server', 'worker'])
        expect(containersOf(find(all, `Deployment delivery/sluice-${name}`))[0]?.env).toContainEqual(key);
      expect(find(all, 'TriggerAuthentication delivery/sluice-temporal').spec).toEqual({
        secretTargetRef: [{ parameter: 'apiKey', name: 'temporal-api-key', key: 'api-key' }],
      });
      const { triggers } = find(all, 'ScaledObject delivery/sluice-worker').spec as {
        triggers: { type: string; authenticationRef?: object }[];
      };
      for (const { type, authenticationRef } of triggers)
        expect(authenticationRef !== undefined).toBe(type === 'temporal');
      expect(JSON.stringify(find(all, 'NetworkPolicy delivery/worker'))).toContain(
        '{"to":[{"ipBlock":{"cidr":"0.0.0.0/0"}}],"ports":[{"port":443}]}',
      );
    },
  );
});

function find(all: Manifest[], name: string): Manifest {
  const found = all.find((one) => nameOf(one) === name);
  if (!found) throw new Error(`no ${name} among ${all.map(nameOf).join(', ')}`);
  return found;
}

function inNamespace(name: string): object {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

it.each([
  ['temporal.mode=address', "at '/temporal/address': minLength: got 0, want 1"],
  ['temporal.mode=cloud,temporal.address=a:7233', "at '/temporal/apiKey/existingSecret': minLength: got 0, want 1"],
  ['temporal.mode=own', "at '/temporal/mode': value must be one of 'dev', 'address', 'cloud'"],
  ['temporal.address=https://a', "at '/temporal/address': 'https://a' does not match pattern"],
  ['profile=none', "at '/profile': value must be one of 'always-on', 'zero'"],
  ['profile=zero,prometheus=', "at '/prometheus': minLength: got 0, want 1"],
  [
    'profile=zero,temporal.mode=address,temporal.address=a:7233,temporal.tls.enabled=true',
    "at '/temporal/tls/client/existingSecret': minLength: got 0, want 1",
  ],
  ['worker.replicas=0', "at '/worker/replicas': minimum: got 0, want 1"],
  ['worker.replica=2', "at '/worker': additional properties 'replica' not allowed"],
  ['server.pod.hostNetwork=true', "at '/server/pod': additional properties 'hostNetwork' not allowed"],
  ['features.cannary=true', "at '/features': additional properties 'cannary' not allowed"],
  ['namespaces={Shop}', "at '/namespaces/0': 'Shop' does not match pattern"],
  ['namespaces={a,a}', "at '/namespaces': items at 0 and 1 are equal"],
])('--set %s is refused: %s', BUILD, async (set, sentence) => {
  await expect(helm('template', 'sluice', CHART, '--set', set)).rejects.toThrow(sentence);
});
