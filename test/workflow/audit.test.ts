/** A rollout with pause, approval, a failed check and an abort: exported by a server and straight from Temporal, and verified. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditFile } from '../../src/audit/index.ts';
import { keepEnded } from '../../src/audit/keep-ended.ts';
import { newToken } from '../../src/authority/index.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { INSTALLATION_HEAD, offered } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { type Served, serve } from './support/served.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'sluice.mjs');
const ann = newToken();
const PEOPLE = `people:
  - name: ann
    tokens: [{ sha256: ${ann.sha256}, expires: "2999-01-01T00:00:00Z" }]
    may: [{ verbs: [view, approve], plans: [demo/*] }]
  - { name: bob, may: [{ verbs: [run, run-any-plan], plans: [demo/*] }] }
`;

let served: Served;
const folder = mkdtempSync(join(tmpdir(), 'sluice-audit-'));
beforeAll(async () => {
  served = await serve(PEOPLE);
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

/** Of somebody else than who approves. */
async function offer(plan: Plan, image?: string): Promise<void> {
  const { harness, vouching } = served;
  await harness.offer(await offered(offerFor(plan, image), 'bob', harness.cluster, vouching));
}

async function sluice(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const { SLUICE_SERVER: _, ...env } = process.env;
  const options = { cwd: folder, env: { ...env, SLUICE_TOKEN: ann.token } };
  const global = ['--temporal', temporalAddress(), '--cluster', served.harness.cluster];
  return promisify(execFile)(process.execPath, [BIN, ...argv, ...global], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}

test('a rollout is exported, verified, and what was changed in it is named', async () => {
  const { harness, world, url, vouching } = served;
  const plan = planFor('audited');
  plan.approvals = [{ before: 'traffic', from: ['ann'], count: 1, notInitiator: true, onExpiry: 'hold' }];
  world.verdicts = ['fail'];
  world.stuck.add('checkInterval live');
  await offer(plan);
  await harness.until(plan, ({ state }) => state === 'needs-you');
  const approval = { id: randomUUID(), verb: 'approve', reason: 'seen' };
  const response = await fetch(`${url}/api/v1/rollouts/${harness.cluster}/demo/audited/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ann.token}` },
    body: JSON.stringify(approval),
  });
  expect(response.status).toBe(200);
  await harness.until(plan, ({ route }) => route.canary === 20);
  await harness.act(plan, 'pause', { reason: 'look' });
  await harness.act(plan, 'abort', { reason: 'enough' });
  await harness.handle(plan).result();

  const exported = await sluice('audit', 'export', 'demo/audited', '--server', url, '-o', 'json');
  expect(exported).toMatchObject({ code: 0, err: expect.stringContaining('npx sluice@') });
  const { head } = JSON.parse(exported.out) as { head: string };
  const name = 'audited-1.audit.json';
  const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as AuditFile;
  const { told, signature } = file;
  expect(told).toMatchObject({ rollout: 'audited-1', outcome: { kind: 'aborted', head }, plan: { name: 'audited' } });
  expect(told.records.flatMap(({ saw }) => saw?.verdict ?? [])).toContain('fail');
  expect(told.records.find(({ what }) => what === 'approve')).toMatchObject({
    who: 'ann · api (verified)',
    right: { server: 'test', key: vouching.key.id, grant: { verbs: ['view', 'approve'] } },
  });
  expect(told.records.flatMap(({ writes = [] }) => writes).find(({ object }) => object === 'route')).toMatchObject({
    before: { mirror: 0 },
    after: { mirror: 100 },
  });

  const verified = await sluice('audit', 'verify', name, '--head', head, '--key', vouching.key.id);
  expect(verified).toMatchObject({ code: 0, out: expect.stringMatching(/decides the same: \d\d inputs/) });
  expect(verified.out).toContain('does not prove that the records are true');

  const straight = await sluice('audit', 'export', 'demo/audited', '--rollout', '1', '--out', 'straight.json');
  expect(straight).toMatchObject({ code: 0, out: expect.stringContaining('not signed') });
  expect(JSON.parse(readFileSync(join(folder, 'straight.json'), 'utf8'))).toMatchObject({ told });

  const changed = (more: object) => writeFileSync(join(folder, 'changed.json'), JSON.stringify({ ...file, ...more }));
  changed({ told: { ...told, outcome: { ...told.outcome, kind: 'promoted' } } });
  expect(await sluice('audit', 'verify', 'changed.json')).toMatchObject({
    code: 3,
    out: expect.stringContaining('told.outcome.kind: the file says "promoted"; its history says "aborted"'),
  });
  changed({ signature: signature?.replace(/.{9}$/, 'AAAAAAAAA') });
  const forged = JSON.parse((await sluice('audit', 'verify', 'changed.json', '-o', 'json')).out);
  expect(forged).toMatchObject({ findings: [{ field: 'signature' }], executed: { others: 0 } });
  const other = await sluice('audit', 'verify', name, '--head', 'a'.repeat(64));
  expect(other).toMatchObject({ code: 3, out: expect.stringMatching(/the\s+notice\s+says/) });
  expect(await sluice('audit', 'export', 'demo/nobody')).toMatchObject({ code: 5 });
  expect(await sluice('audit', 'export', 'prod/audited', '--server', url)).toMatchObject({ code: 4 });
});

test('every rollout of a time is listed, and one whose history is gone is named', async () => {
  const { harness, world } = served;
  Object.assign(world, { epoch: 0, verdicts: [] });
  world.stuck.clear();
  const plan = planFor('counted');
  const runs: string[] = [];
  for (const image of ['reviews:v2', 'reviews:v3', 'reviews:v4']) {
    await offer(plan, image);
    const view = await harness.until(plan, ({ state }) => state === 'ended');
    expect(view.outcome?.kind).toBe('promoted');
    runs.push((await harness.handle(plan).describe()).runId);
  }
  const { client } = harness;
  const workflowId = harness.handle(plan).workflowId;
  const workflowExecution = { workflowId, runId: runs[1] };
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  const ask = async () => sluice('audit', 'demo/counted', '--since', '2026-01-01', '-o', 'json');
  const rows = async () => {
    const told: { rollout: string; outcome?: string; missing?: string }[] = JSON.parse((await ask()).out);
    return told.map(({ rollout, outcome, missing }) => [rollout, outcome ?? missing?.slice(0, 31)]);
  };
  // Temporal deletes when it likes, first the history and then what is listed.
  await expect.poll(rows, { timeout: 100_000, interval: 1_000 }).toEqual([
    ['counted-1', 'promoted'],
    ['counted-3', 'promoted'],
    ['counted-2', 'Temporal has no history of it; '],
  ]);
  expect((await ask()).code).toBe(3);
  const csv = await sluice('audit', '--since', '2026-01-01', '-o', 'csv');
  expect(csv).toMatchObject({ code: 3, err: expect.stringContaining('1 missing') });
  expect(csv.out).toContain('demo,audited,audited-1,');
  expect(await sluice('audit', '--since', 'yesterday')).toMatchObject({ code: 2 });
  expect(await sluice('audit')).toMatchObject({ code: 2, err: expect.stringContaining('which plan?') });
});

test('what Temporal has forgotten is told from its export, and where that is from is said', async () => {
  const { harness, world, url, vouching } = served;
  const dir = join(folder, 'audits');
  served.install(`${PEOPLE}audits: { dir: ${dir} }\n`);
  writeFileSync(join(folder, 'operator.yaml'), `${INSTALLATION_HEAD}audits: { dir: audits }\n`);
  Object.assign(world, { epoch: 0, verdicts: ['fail', 'fail', 'fail', 'fail', 'fail'] });
  const plan = planFor('forgotten');
  const { client, cluster } = harness;
  const ours = () => readdirSync(dir).filter((name) => name.startsWith(`${cluster}+demo+forgotten+`));
  const runs: string[] = [];
  for (const image of ['reviews:v2', 'reviews:v3']) {
    await offer(plan, image);
    await harness.until(plan, ({ state }) => state === 'ended');
    await harness.handle(plan).result();
    runs.push((await harness.handle(plan).describe()).runId);
    // the list of Temporal lags behind
    await expect
      .poll(async () => [(await keepEnded(client, cluster, dir, 60_000)).problem, ours().length], { timeout: 60_000 })
      .toEqual([undefined, runs.length]);
  }
  expect(await keepEnded(client, cluster, dir, 60_000)).toEqual({ files: 0 });
  const inTime = ['--since', '2026-01-01', '--installation', 'operator.yaml'];
  const known = JSON.parse((await sluice('audit', 'demo/forgotten', ...inTime, '-o', 'json')).out);

  for (const runId of runs) {
    const workflowExecution = { workflowId: harness.handle(plan).workflowId, runId };
    await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  }
  const rollout1 = ['audit', 'demo/forgotten', '--rollout', '1'];
  await expect.poll(async () => (await sluice(...rollout1)).code, { timeout: 100_000, interval: 1_000 }).toBe(5);
  const printed = await sluice(...rollout1, '--installation', 'operator.yaml');
  expect(printed).toMatchObject({
    code: 0,
    err: expect.stringContaining('Temporal has forgotten it. As exported at '),
  });
  expect(printed.err).toContain(ours()[0]);
  expect(printed.out).toContain('deploy event reviews:v2');

  const fromServer = await sluice(
    'audit',
    'export',
    'demo/forgotten',
    '--rollout',
    '2',
    '--server',
    url,
    '--out',
    'f.json',
  );
  expect(fromServer).toMatchObject({ code: 0, out: expect.stringContaining('not signed') });
  expect(fromServer.err).toContain('As exported for the server at ');
  expect(await sluice('audit', 'verify', 'f.json')).toMatchObject({ code: 0 });
  expect(await sluice('audit', 'verify', 'f.json', '--key', vouching.key.id)).toMatchObject({ code: 3 });

  const listed = await sluice('audit', 'demo/forgotten', ...inTime, '-o', 'json');
  expect(listed).toMatchObject({ code: 0, err: expect.stringContaining('2 of them as they were exported') });
  const rows = (JSON.parse(listed.out) as { from: string; startedAt: string }[]).map(({ from, ...row }) => {
    expect(from).toContain(`${cluster}+demo+forgotten+`);
    return { ...row, startedAt: expect.any(String) };
  });
  expect(known).toHaveLength(2);
  expect(known).toEqual(rows);
});
