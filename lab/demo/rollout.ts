/** One rollout as people see it, from the event to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutView } from '../../src/contract/view.ts';
import { LabError } from '../index.ts';
import { say } from '../story/index.ts';
import { NAMESPACE } from './app.ts';
import { sendEvent } from './event.ts';
import type { Scene } from './scene.ts';
import { Tree } from './tree.ts';

export interface RolloutFacts {
  image: string;
  /** When the event was sent, epoch ms. */
  sentAt: number;
  /** When the tree had ended, epoch ms. */
  endedAt: number;
  view: RolloutView;
}

/** Sends the event and shows the tree until the rollout has ended; `disturb` comes first and may do so in its own way. */
export async function rollOut(
  scene: Scene,
  event: { image: string; reason: string },
  disturb?: (scene: Scene) => Promise<void>,
): Promise<RolloutFacts> {
  const { sluice, signal } = scene;
  const sentAt = await sendEvent(event.image, event.reason, sluice.secret);
  say();
  await disturb?.(scene);
  await new Tree(scene).ended;
  signal.throwIfAborted();
  const view = JSON.parse(await sluice.cli('get', `${NAMESPACE}/reviews`, '-o', 'json')) as RolloutView;
  if (!view.outcome) throw new LabError(`${view.rollout ?? event.image} did not end by itself: ${view.sentence}`);
  return { image: event.image, sentAt, endedAt: Date.now(), view };
}

const KILL_AT_WEIGHT = 40;
/** Long enough to see the weight in the tree. */
const SEEN_MS = 3_500;
const AWAY_MS = 1_500;

/** Shows the tree until the canary gets `weight` percent of the users. @returns the tree, still open */
export async function treeUntil(scene: Scene, weight: number): Promise<Tree> {
  const { routes, signal } = scene;
  const tree = new Tree(scene);
  const reached = routes.untilWeight(weight, signal).then(() => true);
  const inTime = await Promise.race([reached, tree.ended.then(() => false)]);
  signal.throwIfAborted();
  if (!inTime) throw new LabError(`the tree ended before the canary got ${weight} % of the users`);
  return tree;
}

/** Shows the tree up to weight 40, kills the only worker there and starts another one. */
export async function killWorkerAt40(scene: Scene): Promise<void> {
  const { sluice, signal } = scene;
  const tree = await treeUntil(scene, KILL_AT_WEIGHT);
  await sleep(SEEN_MS, undefined, { signal });
  await tree.close();
  const pid = await sluice.killWorker();
  say(`\n>>> kill -9 ${pid}: the only worker is gone, with ${KILL_AT_WEIGHT} % of the users on the canary.`);
  await sleep(AWAY_MS, undefined, { signal });
  say('>>> A new worker starts; it knows only what Temporal and the cluster tell it.\n');
  // The tree needs a worker's answer for its first picture, so nothing is said any more until it is drawn.
  sluice.startWorker(signal).catch((error: Error) => say(error.message));
}
