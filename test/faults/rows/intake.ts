/** G1: the server that takes deploy events. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSecrets, sign } from '../../../src/intake/index.ts';
import { deliveryWorkflowId } from '../../../src/rollout/ids.ts';
import { eventually, lab } from '../../lab/support/cluster.ts';
import type { Bed } from '../bed.ts';
import { runsOf } from '../history.ts';
import type { Row } from '../row.ts';
import { TcpProxy } from '../tools/tcp-proxy.ts';
import { freePort } from '../tools/temporal-server.ts';
import { promoted } from './support.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

const F12: Row = {
  id: 'F12',
  what: 'intake killed after the start, before its HTTP answer',
  how: 'what Temporal answers to the server is held back; SIGKILL when the delivery is there; the sender tries again',
  run: async (bed) => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const line = await TcpProxy.open(lab.temporal);
    const id = randomUUID();
    const first = await startServer(bed, secret, line.address);
    line.swallowAnswers();
    const lost = first.send(id).catch(() => 'lost');
    await eventually(() => known(bed, id), 'the delivery has arrived');
    first.kill();
    assert.equal(await lost, 'lost');
    line.close();
    const second = await startServer(bed, secret, lab.temporal);
    const answer = await second.send(id);
    second.kill();
    await promoted(bed);
    const runs = await runsOf(bed.sluice.client, bed.sluice.handle(bed.plan).workflowId);
    assert.equal(runs.length, 1, `${runs.length} rollouts of one event`);
    return { outcome: `one rollout; the sender's retry was answered ${answer}` };
  },
};

async function known(bed: Bed, id: string): Promise<true | undefined> {
  const handle = bed.sluice.client.workflow.getHandle(deliveryWorkflowId('webhook', id));
  return handle.describe().then(
    () => true as const,
    () => undefined,
  );
}

/** A `sluice server` of this row's plan. */
async function startServer(bed: Bed, secret: string, temporal: string) {
  const logs = join(lab.dir, 'sluice');
  mkdirSync(logs, { recursive: true });
  const plans = mkdtempSync(join(logs, 'plans-'));
  writeFileSync(join(plans, 'plan.yaml'), planText(bed));
  const port = await freePort();
  const { cluster } = bed.sluice;
  const log = openSync(join(logs, `${cluster}-server.log`), 'a');
  const child = spawn(
    process.execPath,
    [CLI, 'server', '--plans', plans, '--cluster', cluster, '--port', String(port)],
    {
      stdio: ['ignore', log, log],
      env: { ...process.env, TEMPORAL_ADDRESS: temporal, TEMPORAL_NAMESPACE: cluster, SLUICE_WEBHOOK_SECRETS: secret },
    },
  );
  bed.stage.adopt(child);
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => fetch(`${url}/readyz`).then(({ ok }) => ok || undefined), 'the server is ready', 30_000);
  const [key] = parseSecrets([secret]);
  return {
    kill: () => child.kill('SIGKILL'),
    /** @returns status and what became of the offer */
    async send(id: string): Promise<string> {
      const body = JSON.stringify({ image: 'reviews:v2', plan: `${bed.namespace}/reviews`, by: 'ci' });
      const headers = { 'content-type': 'application/json', ...sign(id, new Date(), body, key as Uint8Array) };
      const response = await fetch(`${url}/hooks/deploy`, { method: 'POST', headers, body });
      const { offers } = (await response.json()) as { offers?: { status: string }[] };
      return `${response.status} ${offers?.[0]?.status}`;
    },
  };
}

function planText({ namespace }: Bed): string {
  return JSON.stringify({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPlan',
    metadata: { name: 'reviews', namespace },
    spec: {
      workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' } },
      events: [{ image: 'reviews' }],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews' }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
        terminationDrain: '1s',
      },
      scale: { canary: { replicas: 1 } },
      shift: { weights: [100], every: '2s' },
      analysis: { prometheus: lab.prometheus, checks: [{ name: 'ok', builtin: 'requestSuccessRate', min: 99 }] },
      notify: [{ email: { to: ['team@example.com'] } }],
    },
  });
}

export const INTAKE_ROWS: Row[] = [F12];
