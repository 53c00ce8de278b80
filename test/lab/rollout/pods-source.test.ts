/** Prometheus scrapes once a minute; the pods' own counters are asked every second, so nobody has to wait for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { currentLab } from '../../../lab/index.ts';
import { SCRAPE_CONFIG } from '../../../lab/prometheus/scrape-config.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Reviews;
let sluice: ClusterSluice;
let prometheus: ChildProcess;
let url: string;
const dir = mkdtempSync(join(tmpdir(), 'sluice-slow-'));

beforeAll(async () => {
  const global = { scrape_interval: '60s', scrape_timeout: '5s' };
  writeFileSync(join(dir, 'prometheus.yml'), JSON.stringify({ ...SCRAPE_CONFIG, global }));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const files = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`];
  const bin = currentLab().bin.prometheus as string;
  prometheus = spawn(bin, [...files, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  [app, sluice] = await Promise.all([Reviews.create('own', { image: 'reviews:v1-slow20ms' }), ClusterSluice.start()]);
  await eventually(async () => (await fetch(`${url}/-/ready`)).ok || undefined, 'a Prometheus');
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
  prometheus?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

function planOf(): Plan {
  const base = app.plan();
  return app.plan({
    mirror: undefined,
    load: undefined,
    shift: { weights: [20, 100], everyMs: 120_000 },
    analysis: {
      ...base.analysis,
      prometheus: url,
      pods: {},
      compare: {
        options: { errors: {}, latency: false, alpha: 0.005 },
        tickMs: 2_000,
        deadlineMs: 1_800_000,
        onInconclusive: 'hold',
        minRequests: 1_000,
      },
    },
  });
}

describe('with 100 users a second, at weight 20', { timeout: 300_000 }, () => {
  async function found(percent: number, most: number): Promise<void> {
    const plan = planOf();
    const prober = app.users({ rate: 100 });
    await sluice.deliver(plan, `reviews:v3-err${percent}-slow20ms`);
    await sluice.until(plan, ({ route }) => route.canary === 20, 'users on the canary', 60_000);
    const met = Date.now();
    const view = await sluice.until(plan, ({ route }) => route.canary === 0, 'no users on the canary', 180_000);
    const seconds = (Date.now() - met) / 1_000;
    await prober.stop();
    const harmed = prober.records().filter(({ status }) => status !== 200).length;
    console.info(`${percent} % errors: ${harmed} users harmed, ${seconds.toFixed(1)} s; ${view.outcome?.reason}`);
    // the scale-down waits for two scrapes of the callers, minutes here, and is others' to show
    expect(view).toMatchObject({ state: 'going-back', outcome: { kind: 'failed' } });
    expect(view.outcome?.reason).toMatch(/canary .* errors, primary .*, as the pods themselves count/);
    expect(harmed).toBeLessThan(most);
  }

  const harmsFew = 'errors are found by what the pods count, before they have harmed many users';
  test(`30 percent ${harmsFew}`, () => found(30, 60));
  test(`5 percent ${harmsFew}`, { tags: ['repeat'] }, () => found(5, 20));
});
