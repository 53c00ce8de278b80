import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bootstrap } from '../../../lab/mesh/bootstrap.ts';
import { ACCESS_LOG_FORMAT, MESH_CONFIG } from '../../../lab/mesh/mesh-config.ts';

const MESH = join(import.meta.dirname, '../../../lab/mesh');

it('writes the fields that requests are counted by into the access log', () => {
  expect(Object.keys(JSON.parse(MESH_CONFIG.accessLogFormat))).toEqual(
    expect.arrayContaining([
      'start_time',
      'response_code',
      'response_flags',
      'duration',
      'upstream_cluster',
      'upstream_host',
      'probe_id',
    ]),
  );
  expect(ACCESS_LOG_FORMAT.probe_id).toBe('%REQ(X-PROBE-ID)%');
});

it('identifies an Envoy as Istio expects it', () => {
  const envoy = { type: 'sidecar', pod: 'a', namespace: 'n', ip: '10.244.2.1', labels: {}, adminPort: 1 } as const;
  expect(bootstrap(envoy)).toMatchObject({
    node: { id: 'sidecar~10.244.2.1~a.n~n.svc.cluster.local', metadata: { INTERCEPTION_MODE: 'NONE' } },
  });
  expect(JSON.stringify(bootstrap({ ...envoy, type: 'router' }))).not.toContain('INTERCEPTION_MODE');
});

it.each(['gateway', 'mesh-client'])('has a pod %s that runs its own bootstrap', (name) => {
  const objects = parseAllDocuments(readFileSync(join(MESH, `${name}.yaml`), 'utf8')).map((one) => one.toJS());
  const pod = objects.find((object) => object.kind === 'Pod');
  expect(pod.spec.containers[0].image).toBe(`envoy:${name}`);
  expect(pod.metadata.annotations['lab.sluice.dev/pod-ip']).toMatch(/^10\.244\./);
});
