/**
 * Users harmed by a bad canary, and seconds until it has no user any more, at weight 20 of 100 users a second: by limits alone and by
 * the comparison. Programs, proxies and Prometheus are real; beside it stands how often healthy stages are aborted, by simulation.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { ProbeRecord } from '../../lab/prober/index.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { isFinished } from '../../src/contract/view.ts';
import { lab } from '../../test/support/lab/cluster.ts';
import { Reviews, type RouteVersion } from '../../test/support/lab/reviews.ts';
import { ClusterSluice } from '../../test/support/lab/sluice.ts';
import { COMPARE, HEALTHY, LEARNED_BADLY, runStages } from '../judge/index.ts';
import { load } from '../lib/bed.ts';
import type { MeasureOptions, Result } from '../lib/result.ts';
import { summarize } from '../lib/statistics.ts';

/** Answers later than this harm a user, ms; the plan's limit. */
const SLOW_MS = 300;
const PATIENCE_MS = 150_000;
const HEALTHY_STAGES = 1_000;
const LEARNED_STAGES = 2_000;
/** Aims for the comparison: 60 users at six a second, 20 users at one. Others have none. */
const TARGETS_MS: Record<string, number> = { err30: 10_000, err5: 20_000 };

interface Cell {
  canary: string;
  scrapeS: number;
  compare: boolean;
}

interface Sample {
  ms: number;
  harmed: number;
  outcome: string;
}

export async function harm(options: MeasureOptions): Promise<Result[]> {
  const sluice = await ClusterSluice.start();
  const results: Result[] = [];
  try {
    for (const scrapeS of options.scrapes) {
      await scrapeEvery(scrapeS);
      for (const canary of options.canaries)
        for (const compare of [false, true]) results.push(await measure(sluice, { canary, scrapeS, compare }, options));
    }
  } finally {
    await scrapeEvery(1);
    await sluice.stop();
  }
  return withSimulation(results);
}

async function measure(sluice: ClusterSluice, cell: Cell, options: MeasureOptions): Promise<Result> {
  const before = load();
  const samples: Sample[] = [];
  while (samples.length < options.rounds) samples.push(await expose(sluice, cell, options.analysis));
  const times = samples.map(({ ms }) => ms);
  const result: Result = {
    name: 'harm',
    setting: `${cell.canary}, ${cell.compare ? 'comparison' : 'limits'}, scraped each ${cell.scrapeS} s`,
    target: (cell.compare && cell.scrapeS === 1 && TARGETS_MS[cell.canary]) || PATIENCE_MS,
    ...summarize(times),
    samples: times,
    load: [before, load()],
    phases: [],
    note: `users harmed: ${samples.map((one) => `${one.harmed} in ${(one.ms / 1000).toFixed(1)} s, ${one.outcome}`).join('; ')}`,
  };
  options.say(`${result.setting}: ${result.note}`);
  return result;
}

/** A service, its users, one rollout of a bad canary, and what became of them. */
async function expose(sluice: ClusterSluice, { canary, scrapeS, compare }: Cell, analysis: object): Promise<Sample> {
  const app = await Reviews.create('harm', { replicas: 4 });
  const users = app.users({ rate: 100 });
  const route = app.recordRoute();
  try {
    // What is judged needs a past: two scrapes of every pod.
    await sleep(2_500 * scrapeS);
    const plan = planOf(app, scrapeS, compare, analysis);
    await sluice.deliver(plan, `reviews:v2-${canary}`);
    const view = await sluice
      .until(plan, (seen) => isFinished(seen) || seen.state === 'needs-you', 'its end', PATIENCE_MS + 6_000 * scrapeS)
      .catch(() => sluice.view(plan));
    const ended = Date.now();
    if (!isFinished(view)) await sluice.act(plan, 'abort');
    await sluice.result(plan);
    await users.stop();
    return { ...told(route.versions, users.records(), ended), outcome: view.outcome?.kind ?? view.state };
  } finally {
    route.stop();
    await users.stop();
    await app.remove();
  }
}

function planOf(app: Reviews, scrapeS: number, compare: boolean, analysis: object): Plan {
  const everyMs = Math.max(10_000, 3_000 * scrapeS);
  const { load: _load, mirror: _mirror, ...base } = app.plan({ acceptance: [] });
  const checks: Plan['analysis']['checks'] = [
    { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
    { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: SLOW_MS },
  ];
  const own = { ...base.analysis, checks, failureThreshold: 5, noAnswerLimit: 30, ...analysis };
  return {
    ...base,
    shift: { weights: [20, 50, 100], everyMs },
    analysis: { ...own, ...(compare && { compare: COMPARE }) },
  };
}

/** From the first route with users on the canary to the first without. */
function told(versions: readonly RouteVersion[], records: readonly ProbeRecord[], ended: number) {
  const from = versions.find(({ canary }) => canary > 0)?.at ?? ended;
  const to = versions.find(({ at, canary }) => at > from && canary === 0)?.at ?? ended;
  const harmed = records.filter(
    ({ sentAt, version, status, ms }) =>
      sentAt >= from && !version?.startsWith('v1') && (status === null || status >= 500 || ms > SLOW_MS),
  );
  return { ms: to - from, harmed: harmed.length };
}

async function scrapeEvery(seconds: number): Promise<void> {
  const file = join(lab.dir, 'prometheus.yaml');
  const config = parse(readFileSync(file, 'utf8')) as { global: { scrape_interval: string } };
  config.global.scrape_interval = `${seconds}s`;
  writeFileSync(file, stringify(config));
  const { ok, status } = await fetch(`${lab.prometheus}/-/reload`, { method: 'POST' });
  if (!ok) throw new Error(`Prometheus does not take its configuration: ${status}`);
}

function withSimulation(results: Result[]): Result[] {
  const healthy = HEALTHY.map((kind) => runStages(kind, HEALTHY_STAGES / HEALTHY.length, 'harm'));
  const learned = runStages(LEARNED_BADLY, LEARNED_STAGES, 'harm');
  const lines = [...healthy, learned].map(
    ({ name, stages, aborted, passed }) => `${name}: ${aborted} of ${stages} aborted, ${passed} proven healthy`,
  );
  const [first, ...others] = results;
  return first ? [{ ...first, note: [first.note, 'simulated stages:', ...lines].join('\n') }, ...others] : [];
}
