/** The story, told inside the lab by `main.ts`: `node inside.ts --started MS`. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LabState } from '../index.ts';
import { type PodRequest, type Prober, readRequests, summarize } from '../prober/index.ts';
import {
  countPhases,
  heading,
  indented,
  phasesOf,
  type RouteLog,
  type Sluice,
  say,
  type Teller,
  tellInside,
} from '../story/index.ts';
import { NAMESPACE } from './app.ts';
import { keepAudits } from './audit.ts';
import { mailAbout } from './mail.ts';
import { MemoryWatch } from './memory.ts';
import { killWorkerAt40, type RolloutFacts, rollOut } from './rollout.ts';
import { closeScene, openScene, RATE } from './scene.ts';
import { rolloutLines, usersLine } from './summary.ts';
import { complaints } from './verdict.ts';

const PLANS = join(import.meta.dirname, 'plans');
const WIDTH = Math.min(process.stdout.columns || 80, 100);
/** What a trace without disturbance looks like, before and after the rollouts. */
const CALM_MS = 2_000;

async function story(teller: Teller, started: number): Promise<boolean> {
  const { lab, signal } = teller;
  const memory = new MemoryWatch();
  const scene = await openScene(teller, started, { plans: PLANS, name: 'demo' });
  const { sluice, routes, prober } = scene;
  try {
    say(`Up. From now on users ask ${RATE} times a second, to the end of the demo.`);
    await sleep(CALM_MS, undefined, { signal });

    heading(started, 'reviews:v2 was pushed');
    const good = await rollOut(scene, { image: 'reviews:v2', reason: 'new stars' }, killWorkerAt40);
    say(`\n${usersLine(prober.summary())}`);

    heading(started, 'reviews:v3-err30 was pushed: healthy, but fails 30 % of real requests');
    const bad = await rollOut(scene, { image: 'reviews:v3-err30', reason: 'faster stars' });

    heading(started, 'The mail to team@example.com');
    for (const line of indented(await mailAbout(lab, bad.view.rollout ?? '', signal), WIDTH)) say(line);

    await sleep(CALM_MS, undefined, { signal });
    await prober.stop();
    routes.stop();
    heading(started, 'Summary');
    return summary(lab, { good, bad, prober, routes, sluice, peakBytes: await memory.stop() });
  } finally {
    await closeScene(scene);
  }
}

interface Told {
  good: RolloutFacts;
  bad: RolloutFacts;
  prober: Prober;
  routes: RouteLog;
  sluice: Sluice;
  peakBytes: number;
}

/** @returns whether all was as it should be */
async function summary(lab: LabState, { good, bad, prober, routes, sluice, peakBytes }: Told): Promise<boolean> {
  const records = prober.records();
  const copies = readRequests(lab.dir, NAMESPACE, 'reviews-v2-').filter(isCopy);
  for (const { image, view, sentAt, endedAt } of [good, bad]) {
    const phases = countPhases(phasesOf(routes.changes, sentAt, endedAt), records, copies);
    for (const line of rolloutLines({ image, view, phases })) say(line);
    say();
  }
  say('(Envoy follows a new route some 100 ms later; hence the few across a line.)');
  const users = summarize(records);
  say(usersLine(users));
  say(`Median answer time ${users.p50?.toFixed(1)} ms, 99th percentile ${users.p99?.toFixed(1)} ms.`);
  say(`${copies.length.toLocaleString('en-US')} copies delivered to canaries; their answers went to nobody.`);
  say(`Peak memory, everything in the lab: ${(peakBytes / 2 ** 30).toFixed(1)} GiB.`);
  say('\nWho did what, when and why, from the workflow history (sluice audit):');
  for (const file of await keepAudits(lab, sluice)) say(`  ${file}`);
  const badCopies = copies.filter(({ at }) => at >= bad.sentAt).length;
  const wrong = complaints({ good: good.view, bad: bad.view, users, badCopies, badVersion: 'v3' });
  say();
  for (const complaint of wrong) say(`NOT AS IT SHOULD BE: ${complaint}`);
  if (wrong.length === 0) say('As it should be: v2 promoted, v3 stopped at step 10, no user noticed.');
  return wrong.length === 0;
}

function isCopy({ kind, id }: PodRequest): boolean {
  return kind === 'copy' && id !== null;
}

const { values } = parseArgs({ options: { started: { type: 'string' } } });
await tellInside((teller) => story(teller, Number(values.started)));
