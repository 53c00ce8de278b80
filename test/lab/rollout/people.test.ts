/** From a person at a command line through a server to a worker that judges, and users who leave. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newToken } from '../../../src/authority/index.ts';
import { INSTALLATION_HEAD } from '../../support/authority.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { EXAMPLE } from '../../support/plan-text.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const ann = newToken();

let app: Reviews;
let sluice: ClusterSluice;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('people'), ClusterSluice.start()]);
  const folder = join(lab.dir, 'sluice', `${sluice.cluster}-server`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'reviews.yaml'), EXAMPLE);
  writeFileSync(join(folder, 'key'), sluice.server.text);
  const tokens = `[{ sha256: ${ann.sha256}, expires: "2999-01-01T00:00:00Z" }]`;
  const may = `[{ verbs: ["*"], plans: ["*/*"] }]`;
  const installation = join(folder, 'sluice.yaml.txt');
  const people = `people: [{ name: ann, tokens: ${tokens}, may: ${may} }, { name: mo, may: ${may} }]\n`;
  const signature = '{ preset: standard-webhooks, secrets: [{ file: secret }] }';
  const senders = `senders: [{ name: ci, plans: ["*/*"], signature: ${signature} }]\n`;
  writeFileSync(join(folder, 'secret'), `whsec_${Buffer.alloc(24, 1).toString('base64')}`);
  writeFileSync(installation, `${INSTALLATION_HEAD}addressesInPlans: any\nkey: { file: key }\n${senders}${people}`);
  const [port, healthPort] = [await freePort(), await freePort()];
  const ports = ['--port', String(port), '--health-port', String(healthPort)];
  const args = ['server', '--plans', folder, '--plan-namespaces', '*', ...ports, '--installation', installation];
  server = spawn(process.execPath, [MAIN, ...args, '--cluster', sluice.cluster], {
    stdio: 'ignore',
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: lab.temporal,
      TEMPORAL_NAMESPACE: sluice.cluster,
    },
  });
  url = `http://127.0.0.1:${port}`;
  await eventually(
    () => fetch(`http://127.0.0.1:${healthPort}/healthz`).then(({ ok }) => ok || undefined),
    'the server is up',
    60_000,
  );
}, 240_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  server?.kill();
  await sluice?.stop();
  await app?.remove();
});

test('a person who is proven steers by the command line; without a server there is the emergency alone', async () => {
  const plan = app.plan({
    mirror: undefined,
    load: undefined,
    acceptance: [],
    shift: { weights: [50, 100], everyMs: 60_000 },
  });
  const name = `${plan.namespace}/${plan.name}`;
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 50, 'half of the users are on the canary');
  const direct = await sluice.cli('set-weight', name, '20');
  expect([direct.code, direct.stderr]).toEqual([4, expect.stringContaining('needs a proof of who asks')]);
  vi.stubEnv('SLUICE_SERVER', url);
  vi.stubEnv('SLUICE_TOKEN', newToken().token);
  expect((await sluice.cli('set-weight', name, '20')).code).toBe(4);
  vi.stubEnv('SLUICE_TOKEN', ann.token);
  const set = await sluice.cli('set-weight', name, '20', '--reason', 'a closer look');
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('Going to 20 %')]);
  await sluice.until(plan, ({ route }) => route.canary === 20, 'a fifth of the users is on the canary');
  expect((await sluice.cli('abort', name, '--reason', 'seen')).code).toBe(0);
  const { outcome, actions } = await sluice.result(plan);
  expect(outcome?.reason).toBe('Aborted by ann · api: seen.');
  expect(actions.map(({ verb, by, verified }) => [verb, by, verified])).toEqual([
    ['set-weight', 'ann · api', 'verified'],
    ['abort', 'ann · api', 'verified'],
  ]);
});
