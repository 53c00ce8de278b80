/** A rollout whose Prometheus demands a token and a tenant; the token ends in the middle of it and is renewed. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { openFront, token } from './guards.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-guarded-'));
const [fresh, expired] = [token(3_600), token(-60)];

let app: Reviews;
let sluice: ClusterSluice;
let front: Awaited<ReturnType<typeof openFront>>;
let users: Prober;

beforeAll(async () => {
  front = await openFront(lab.prometheus);
  const login = { bearer: { file: 'token' }, headers: { 'X-Scope-OrgID': 'team-a' } };
  const metricSources = [{ name: 'guarded', address: front.url, login }];
  const file = join(dir, 'sluice.yaml');
  writeFileSync(file, JSON.stringify({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Installation', metricSources }));
  writeFileSync(join(dir, 'token'), fresh);
  const environment = { SLUICE_INSTALLATION: file };
  [app, sluice] = await Promise.all([Reviews.create('guarded'), ClusterSluice.start({ environment })]);
  users = app.users();
});

afterAll(async () => {
  await users?.stop();
  await sluice?.stop();
  front?.close();
  await app?.remove();
});

function planOf(reference: object): Plan {
  const { prometheus: _, ...analysis } = app.plan().analysis;
  return app.plan({
    ...{ mirror: undefined, load: undefined, acceptance: [] },
    shift: { weights: [50, 100], everyMs: 3_000 },
    analysis: { ...analysis, ...reference },
  });
}

test('a plan that names no source of this worker, or an address, is refused before any write', async () => {
  const refused = async (reference: object) => (await sluice.deliver(planOf(reference), 'reviews:v2')).problems;
  const where = 'analysis.source';
  expect(await refused({ source: 'other' })).toMatchObject([
    { where, problem: expect.stringContaining('there is no metric source other in the installation') },
  ]);
  expect(await refused({ prometheus: lab.prometheus })).toMatchObject([
    { where, problem: expect.stringContaining('allows no addresses in plans') },
  ]);
});

test('says why nothing is known while its token has ended, and goes on when it is renewed', async () => {
  const plan = planOf({ source: 'guarded' });
  expect(await sluice.deliver(plan, 'reviews:v2')).toMatchObject({ status: 'started' });
  await eventually(() => front.queries.length > 0 || undefined, 'the first query');
  writeFileSync(join(dir, 'token'), expired);
  const intervals = () => sluice.view(plan).then((view) => JSON.stringify(view));
  const words = 'metric source guarded refuses the token: it expired at';
  await eventually(async () => (await intervals()).includes(words) || undefined, words, 60_000);
  writeFileSync(join(dir, 'token'), fresh);
  expect(await sluice.result(plan)).toMatchObject({ outcome: { kind: 'promoted' } });
});

test('no token is in the history, in what people are shown, or in the log', async () => {
  const { events } = await sluice.handle(planOf({ source: 'guarded' })).fetchHistory();
  const payloads = JSON.stringify(events).replace(/"data":"([^"]*)"/g, (_, data) =>
    Buffer.from(data, 'base64').toString(),
  );
  expect(payloads).toContain('metric source guarded refuses the token');
  const logs = join(lab.dir, 'sluice');
  const own = readdirSync(logs).filter((name) => name.startsWith(sluice.cluster) && name.endsWith('.log'));
  const log = own.map((name) => readFileSync(join(logs, name), 'utf8')).join('\n');
  const { stdout } = await sluice.cli('audit', `${app.namespace}/reviews`, '-o', 'json');
  expect(stdout).toContain(app.namespace);
  for (const secret of [fresh, expired]) {
    for (const part of [secret, secret.split('.')[1] ?? '', secret.split('.')[2] ?? ''])
      expect(payloads + log + stdout).not.toContain(part);
  }
});
