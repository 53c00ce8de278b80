/** A `sluice server` of one row's plan, as its users run it. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SENDER, SENDER_SECRET, writeInstallation } from '../../../lab/story/index.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface PlanServerOptions {
  /** Of the webhook, `whsec_…`. */
  secret: string;
  /** Default the lab's. */
  temporal?: string;
  environment?: NodeJS.ProcessEnv;
  /** More lines of its installation. */
  people?: string;
}

export interface PlanServer {
  url: string;
  kill(): void;
  /** A signed deploy event. @returns status and what became of the offer */
  send(id: string): Promise<string>;
  /** Takes the plan's file away. */
  forgetPlan(): void;
}

export async function startPlanServer(bed: Bed, options: PlanServerOptions): Promise<PlanServer> {
  const { secret, temporal = lab.temporal, environment = {}, people = '' } = options;
  const logs = join(lab.dir, 'sluice');
  mkdirSync(logs, { recursive: true });
  const plans = mkdtempSync(join(logs, 'plans-'));
  const file = join(plans, 'plan.yaml');
  writeFileSync(file, planText(bed));
  writeFileSync(join(bed.sluice.plans, `${bed.namespace}.yaml`), planText(bed));
  const [port, healthPort] = [await freePort(), await freePort()];
  const { cluster } = bed.sluice;
  const installation = writeInstallation(plans);
  writeFileSync(join(plans, 'server-key'), bed.sluice.server.text, { mode: 0o600 });
  appendFileSync(installation, `key: { file: server-key }\n${people}`);
  const log = openSync(join(logs, `${cluster}-server.log`), 'a');
  const child = spawn(
    process.execPath,
    [
      CLI,
      'server',
      '--plans',
      plans,
      '--plan-namespaces',
      '*',
      '--installation',
      installation,
      '--cluster',
      cluster,
      '--port',
      String(port),
      '--health-port',
      String(healthPort),
    ],
    {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: temporal,
        TEMPORAL_NAMESPACE: cluster,
        [SENDER_SECRET]: secret,
        ...environment,
      },
    },
  );
  bed.stage.adopt(child);
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    () => fetch(`http://127.0.0.1:${healthPort}/readyz`).then(({ ok }) => ok || undefined),
    'the server is ready',
    30_000,
  );
  const [key] = parseSecrets([secret]);
  return {
    url,
    kill: () => child.kill('SIGKILL'),
    forgetPlan: () => rmSync(file),
    async send(id) {
      const body = JSON.stringify({ image: 'reviews:v2', plan: `${bed.namespace}/reviews`, by: 'ci' });
      const headers = { 'content-type': 'application/json', ...sign(id, new Date(), body, key as Uint8Array) };
      const response = await fetch(`${url}/hooks/deploy/${SENDER}`, { method: 'POST', headers, body });
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
      shift: { weights: [50, 100], every: '2s' },
      analysis: { prometheus: lab.prometheus, checks: [{ name: 'ok', builtin: 'requestSuccessRate', min: 99 }] },
      notify: [{ email: { to: ['team@example.com'] } }],
    },
  });
}
