import { mkdtempSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type InstallationFile, metricSources, noFile, watchInstallation } from '../../../src/installation/index.ts';
import { fakePrometheus, json, vector } from '../../support/fakes/prometheus.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function follow(sources: object[], more = {}): Promise<InstallationFile> {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-sources-')), 'sluice.yaml');
  writeFileSync(
    file,
    JSON.stringify({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Installation', ...more, metricSources: sources }),
  );
  const installation = await watchInstallation(file);
  if ('problems' in installation) throw new Error(JSON.stringify(installation.problems));
  return installation;
}

async function server() {
  const fake = await fakePrometheus((_, response) => json(response, vector([[{}, '1']])));
  closing.push(fake.close);
  return fake;
}

it('without a file an address is asked, and a source is said to be missing', async () => {
  const { url, queries } = await server();
  expect(await metricSources(noFile('any'))({ prometheus: url }).query('up')).toMatchObject({ ok: true });
  expect(queries).toEqual(['up']);
  expect(await metricSources(noFile())({ source: 'eu' }).query('up')).toMatchObject({
    error: {
      kind: 'source',
      message: expect.stringContaining('there is no metric source eu: there is no installation file'),
    },
  });
});

it('with a file no address is asked that it does not allow, whoever brought it', async () => {
  const { url, queries } = await server();
  expect(await metricSources(await follow([]))({ prometheus: url }).query('up')).toMatchObject({
    error: { kind: 'source', message: expect.stringContaining('allows no addresses in plans') },
  });
  expect(queries).toEqual([]);
  expect(
    await metricSources(await follow([], { addressesInPlans: 'any' }))({ prometheus: url }).query('up'),
  ).toMatchObject({ ok: true });
});

it('without a file asks no address of this machine, in whatever way it is written, nor a name that leads there', async () => {
  const { url, queries } = await server();
  const { port } = new URL(url);
  const ask = (host: string) => metricSources(noFile())({ prometheus: `http://${host}:${port}` }).query('up');
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '0', '017700000001', 'localhost', 'x.localhost.'])
    expect(await ask(host)).toMatchObject({ error: { kind: 'source', message: expect.stringContaining('machine') } });
  // what the text does not show
  expect(await ask(hostname())).toMatchObject({ error: { kind: 'unreachable' } });
  expect(queries).toEqual([]);
});

it('asks with the matchers also what is shared with others, and tells what labels are called', async () => {
  const { url, queries } = await server();
  const source = { name: 'default', address: url, matchers: { cluster: 'a' }, labels: { pod: 'kubernetes_pod_name' } };
  const client = metricSources(await follow([source]))({ source: 'default' });
  await Promise.all(['x', 'y'].map((query) => client.query(query, { shared: true })));
  await client.queryRange('z', { startMs: 0, endMs: 1, stepMs: 1 });
  expect(queries.join(' ').match(/\{cluster="a"\}/g)).toHaveLength(3);
  expect(client.labelNames).toEqual({ pod: 'kubernetes_pod_name' });
});

it('refuses a query that it cannot put the matchers into, and asks nobody', async () => {
  const { url, queries } = await server();
  const client = metricSources(await follow([{ name: 'default', address: url, matchers: { cluster: 'a' } }]))({
    source: 'default',
  });
  expect(await client.query('x keep_metric_names')).toMatchObject({ error: { kind: 'badQuery' } });
  expect(queries).toEqual([]);
});

it.each([
  ['is not set', undefined],
  ['is empty', '\n'],
  ['holds more than one line of text', 'hunter2\nhunter3'],
])('a value of the environment that %s is told, not shown', async (words, value) => {
  if (value !== undefined) process.env.SLUICE_TEST_TOKEN = value;
  closing.push(() => delete process.env.SLUICE_TEST_TOKEN);
  const source = { name: 'default', address: 'http://127.0.0.1:1', login: { bearer: { env: 'SLUICE_TEST_TOKEN' } } };
  const outcome = await metricSources(await follow([source]))({ source: 'default' }).query('up');
  expect(outcome).toMatchObject({
    error: { kind: 'login', message: expect.stringContaining(`SLUICE_TEST_TOKEN ${words}`) },
  });
  expect(JSON.stringify(outcome)).not.toContain('hunter');
});
