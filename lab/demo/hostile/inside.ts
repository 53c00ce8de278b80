/** The hostile story, told inside the lab by `main.ts`: `node inside.ts --started MS`. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { heading, say, type Teller, tellInside } from '../../story/index.ts';
import { keepAudits } from '../audit.ts';
import { rollOut } from '../rollout.ts';
import { closeScene, openScene } from '../scene.ts';
import { CANARY_VERSION, canaryLeft } from './canary.ts';
import { Moments } from './moments.ts';
import { feltLines, momentLines, usersFelt } from './summary.ts';
import { Trouble, WEIGHT } from './trouble.ts';
import { complaints } from './verdict.ts';
import { noteViews } from './views.ts';

const PLANS = join(import.meta.dirname, 'plans');
const WIDTH = Math.min(process.stdout.columns || 80, 100);
/** How long users ask on after the end. */
const CALM_MS = 5_000;

async function story(teller: Teller, started: number): Promise<boolean> {
  const { lab, signal } = teller;
  const opened = await openScene(teller, started, { plans: PLANS, name: 'hostile' });
  const { sluice, routes, prober } = opened;
  const moments = new Moments();
  try {
    heading(started, `reviews:v3 was pushed: good, until ${WEIGHT} % of the users are on it`);
    const scene = { ...opened, patient: true };
    const trouble = new Trouble(scene, lab, moments);
    const { view } = await rollOut(scene, { image: 'reviews:v3', reason: 'faster stars' }, () => {
      noteViews(lab, moments, signal);
      return trouble.make();
    });
    moments.add(`the canary is at zero; the rollout has ended: ${view.outcome?.kind}`, Date.parse(view.endedAt ?? ''));
    const writableAt = await trouble.over;
    await sleep(CALM_MS, undefined, { signal });
    await prober.stop();

    heading(started, 'What happened, in seconds since the canary turned bad');
    const film = { records: prober.records(), version: CANARY_VERSION, badAt: trouble.badAt, writableAt };
    const felt = usersFelt(film);
    moments.add('the mesh has heard of it too: a user meets the canary for the last time', felt.backAt);
    const turned = routes.changes.find(({ at, canary }) => at > trouble.badAt && canary === 0);
    if (turned) moments.add('a watch of ours sees the route lead all users to v1', turned.at);
    for (const line of [...momentLines(moments.all, trouble.badAt, WIDTH), '', ...feltLines(felt, film, WEIGHT, WIDTH)])
      say(line);
    say('\nWho did what, when and why, from the workflow history (sluice audit):');
    for (const file of await keepAudits(lab, sluice)) say(`  ${file}`);
    const weight = routes.changes.at(-1)?.canary ?? 100;
    const left = await canaryLeft(lab, signal);
    return sayVerdict(complaints({ view, felt, weight, left, refused: trouble.refused }));
  } finally {
    await closeScene(opened);
  }
}

function sayVerdict(wrong: string[]): boolean {
  say();
  for (const complaint of wrong) say(`NOT AS IT SHOULD BE: ${complaint}`);
  if (wrong.length === 0) say('As it should be: Sluice went back by itself, users are on v1, the canary is at zero.');
  return wrong.length === 0;
}

const { values } = parseArgs({ options: { started: { type: 'string' } } });
await tellInside((teller) => story(teller, Number(values.started)));
