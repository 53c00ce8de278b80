/** The document's own files, one after the other. */
import { band } from '../../test/support/statistics.ts';
import type { Row, Size, Stage } from '../support/index.ts';

/** The gateway takes every host. */
const TARGET = { host: 'reviews.example' };

export async function byHand(stage: Stage, { requests }: Size): Promise<Row[]> {
  await stage.deploy('manifests.yaml');
  await stage.apply('by-hand/1-gateway.yaml', 'istio-system');
  await stage.apply('by-hand/2-destination-rule.yaml');
  await stage.route('by-hand/3-mirror.yaml');
  const rows = [await mirrored(stage, requests)];
  for (const weight of [20, 40, 60, 80, 100]) {
    await stage.weights('by-hand/4-weights.yaml', { v1: 100 - weight, v2: weight });
    rows.push(await weighted(stage, requests, weight));
  }
  rows.push(await upgraded(stage, requests));
  await stage.route('by-hand/5-switch-back.yaml');
  rows.push(await settled(stage, requests, 'switch back, as printed', 'v2', 'the print-out keeps all on subset v2'));
  await stage.route('by-hand/6-switch-back-to-v1.yaml');
  rows.push(await settled(stage, requests, 'switch back to reviews-v1', 'v1', 'all to the primary'));
  return rows;
}

async function mirrored(stage: Stage, sent: number): Promise<Row> {
  const asked = await stage.ask('reviews', sent, TARGET);
  const holds = asked.v1.live === sent && asked.v2.live === 0 && asked.v2.copies === sent;
  return stage.tellAsked('mirror 100 %', asked, holds, 'all answered by v1, all copied to v2');
}

async function weighted(stage: Stage, sent: number, weight: number): Promise<Row> {
  const asked = await stage.ask('reviews', sent, TARGET);
  const [low, high] = band(sent, weight / 100);
  const { live, copies } = asked.v2;
  const holds = live >= low && live <= high && asked.v1.live === sent - live && copies === 0;
  return stage.tellAsked(`weight ${weight} %`, asked, holds, `no copies, ${low} to ${high} at v2`);
}

/** `kubectl set image` on the primary; users ask meanwhile. */
async function upgraded(stage: Stage, sent: number): Promise<Row> {
  const [asked] = await Promise.all([stage.ask('reviews', sent, TARGET), upgradePrimary(stage)]);
  const holds = asked.v2.live === sent && asked.v1.live === 0;
  return stage.tellAsked('primary upgraded', asked, holds, 'users stay on v2 meanwhile');
}

async function upgradePrimary(stage: Stage): Promise<void> {
  const at = ['-n', stage.namespace];
  await stage.kubectl(...at, 'set', 'image', 'deployment/reviews-v1', 'reviews=reviews:v2');
  await stage.kubectl(...at, 'rollout', 'status', 'deployment/reviews-v1', '--timeout=50s');
}

async function settled(stage: Stage, sent: number, step: string, subset: 'v1' | 'v2', says: string): Promise<Row> {
  const asked = await stage.ask('reviews', sent, TARGET);
  return stage.tellAsked(step, asked, asked[subset].live === sent, says);
}
