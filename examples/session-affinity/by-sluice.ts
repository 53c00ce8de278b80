/** The same from the plan; here whoever met v2 stays at every weight, and at the end the primary serves. */
import { type Row, rollOut, type Size, type Stage } from '../support/index.ts';
import { fresh, ignored, loseIt, newAtTheEnd, stay } from './clients.ts';

const WEIGHTS = [10, 20, 40, 60, 80, 100];
const MAX_AGE_S = 21_600;
/** From the write to Envoy, on a busy machine. */
const FOLLOWED_MS = 500;
/** More than `cleanupAfter` of the plan. */
const CLEANED_MS = 30_000;

export async function bySluice(stage: Stage, { clients, requests }: Size): Promise<Row[]> {
  await stage.deploy('manifests.yaml');
  await stage.kubectl('-n', stage.namespace, 'scale', 'deployment/reviews-v2', '--replicas=0');
  await stage.route('at-rest.yaml');
  const before = await routeSpec(stage);
  const rows: Row[] = [];
  const met: string[] = [];
  await rollOut(stage, {
    image: 'reviews:v2',
    users: { url: 'http://reviews:9080/', proxy: stage.lab.meshProxy },
    meanwhile: async (routes) => {
      for (const weight of WEIGHTS) {
        await routes.untilWeight(weight, stage.signal);
        await stage.pause(FOLLOWED_MS);
        if (met.length > 0) rows.push(await stay(stage, `met v2 before, at ${weight} %`, met));
        const { row, cookies } = await fresh(stage, clients, weight, MAX_AGE_S);
        rows.push(row);
        met.push(...cookies);
      }
    },
  });
  rows.push(await loseIt(stage, met, requests, 'v1'), await newAtTheEnd(stage, requests, 'v1'));
  rows.push(await cleaned(stage, met, requests, before));
  return rows.map((row) => ({ ...row, step: `Sluice: ${row.step}` }));
}

/** After `cleanupAfter` the route is what it was, and an old cookie means nothing. */
async function cleaned(stage: Stage, met: string[], sent: number, before: string): Promise<Row> {
  const end = Date.now() + CLEANED_MS;
  while ((await routeSpec(stage)) !== before && Date.now() < end) await stage.pause(FOLLOWED_MS);
  await stage.pause(FOLLOWED_MS);
  return ignored(stage, met, sent, (await routeSpec(stage)) === before);
}

function routeSpec(stage: Stage): Promise<string> {
  return stage.kubectl('-n', stage.namespace, 'get', 'virtualservice', 'reviews', '-o', 'jsonpath={.spec}');
}
