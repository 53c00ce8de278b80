/** The document's own files, one after the other. */
import type { Row, Size, Stage } from '../support/index.ts';
import { fresh, loseIt, newAtTheEnd, split, stay } from './clients.ts';

const COOKIE = 'reviews-cookie=REVIRES-V2';
const MAX_AGE_S = 21_600;

export async function byHand(stage: Stage, { clients, requests }: Size): Promise<Row[]> {
  await stage.deploy('manifests.yaml');
  await stage.apply('by-hand/1-gateway.yaml', 'istio-system');
  await stage.apply('by-hand/2-destination-rule.yaml');
  await stage.route('by-hand/3-ten-percent.yaml');
  const { row, cookies } = await fresh(stage, clients, 10, MAX_AGE_S);
  const rows = [row, await stay(stage, 'those who met v2 again', cookies, 3)];
  for (const weight of [20, 40, 60, 80, 100]) {
    await stage.weights('by-hand/4-weights.yaml', { v1: 100 - weight, v2: weight });
    rows.push((await fresh(stage, clients, weight, MAX_AGE_S)).row);
    if (weight === 20) rows.push(await split(stage, COOKIE, clients, weight));
  }
  await stage.route('by-hand/5-end.yaml');
  rows.push(await loseIt(stage, [COOKIE], requests, 'v2'), await newAtTheEnd(stage, requests, 'v2'));
  return rows;
}
