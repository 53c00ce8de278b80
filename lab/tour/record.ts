/** Records what the tour plays, in a lab of its own: `node tools/run.mjs lab/tour/record.ts`. A canary turns bad with 60 % of the users on it. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../demo/app.ts';
import { turnBad } from '../demo/hostile/canary.ts';
import { rollOut, treeUntil } from '../demo/rollout.ts';
import { closeScene, openScene } from '../demo/scene.ts';
import { runStory, type Teller, tellInside } from '../story/index.ts';
import { RECORDING } from './story.ts';

const PLANS = join(import.meta.dirname, '..', 'demo', 'hostile', 'plans');
/** The workflow is closed only after it has handed over its result. */
const CLOSED_MS = 5_000;

async function record(teller: Teller): Promise<boolean> {
  const { lab, signal } = teller;
  const scene = await openScene(teller, Date.now(), { plans: PLANS, name: 'tour' });
  try {
    const { view } = await rollOut(scene, { image: 'reviews:v3', reason: 'faster stars' }, async () => {
      const tree = await treeUntil(scene, 60);
      await turnBad(lab, signal);
      await tree.close();
    });
    await sleep(CLOSED_MS, undefined, { signal });
    const exported = join(lab.dir, 'tour.audit.json');
    await scene.sluice.cli('audit', 'export', `${NAMESPACE}/reviews`, '--out', exported);
    copyFileSync(exported, RECORDING);
    return view.outcome?.kind === 'failed';
  } finally {
    await closeScene(scene);
  }
}

if (process.argv.includes('--started')) await tellInside(record);
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());
const lab = {
  command: 'node tools/run.mjs lab/tour/record.ts',
  lab: 'tour',
  keep: false,
  kept: async () => {},
  signal: interrupt.signal,
};
process.exitCode = await runStory({ ...lab, script: import.meta.filename });
