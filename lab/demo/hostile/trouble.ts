/** What goes wrong, all at once: the canary, the worker, every write, the API server. Nobody helps. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sendControl } from '../../host/index.ts';
import type { LabState } from '../../index.ts';
import { say } from '../../story/index.ts';
import { treeUntil } from '../rollout.ts';
import type { Scene } from '../scene.ts';
import { Tree } from '../tree.ts';
import { ERROR_PERCENT, turnBad } from './canary.ts';
import type { Moments } from './moments.ts';
import { Freeze } from './webhook.ts';
import { untilWritable } from './writable.ts';

/** Percent of the users on the canary when it turns bad. */
export const WEIGHT = 60;

const WORKER_AWAY_MS = 3_000;
const REFUSES_MS = 60_000;
/** Besides the time that the API server needs to stop and to start. */
const API_SERVER_AWAY_MS = 5_000;
const START_MS = 180_000;

export class Trouble {
  /** When the canary turned bad, epoch ms. */
  badAt = 0;
  /** Resolves when a write can be taken again. @returns when, epoch ms */
  over: Promise<number> = Promise.resolve(0);
  /** Writes of Sluice that the webhook refused. */
  refused = 0;
  private readonly scene: Scene;
  private readonly lab: LabState;
  private readonly moments: Moments;

  constructor(scene: Scene, lab: LabState, moments: Moments) {
    this.scene = scene;
    this.lab = lab;
    this.moments = moments;
  }

  /** Resolves when the API server is gone; what follows goes on by itself. */
  async make(): Promise<void> {
    await this.spoilCanary();
    const freeze = await this.freeze();
    await this.loseApiServer(freeze);
    this.over = this.comeBack(freeze);
    // It is waited for later.
    this.over.catch(() => undefined);
  }

  private async spoilCanary(): Promise<void> {
    const { scene, lab, moments } = this;
    const tree = await treeUntil(scene, WEIGHT);
    this.badAt = moments.add(`the canary has ${WEIGHT} % of the users, and fails ${ERROR_PERCENT} % of their requests`);
    await turnBad(lab, scene.signal);
    const killed = await scene.sluice.killWorker();
    moments.add(`kill -9 ${killed}: the only worker is gone`);
    await tree.close();
    say(`\n>>> The canary has turned bad, with ${WEIGHT} % of the users on it.`);
    say(`>>> kill -9 ${killed}: the only worker is gone.`);
  }

  /** A minute in which a webhook refuses every write of Sluice, and the new worker with it. */
  private async freeze(): Promise<Freeze> {
    const { scene, lab, moments } = this;
    const { sluice, signal } = scene;
    const freeze = await Freeze.install(lab, signal);
    const away = sleep(WORKER_AWAY_MS, undefined, { signal });
    const refusesAt = await untilWritable(lab, false, signal);
    await away;
    moments.add('a webhook refuses every write of Sluice', refusesAt);
    say('>>> A webhook refuses every write of Sluice, for a minute. A new worker starts.\n');
    await sluice.startWorker(signal);
    moments.add('a new worker takes work');
    const tree = new Tree(scene);
    await sleep(Math.max(0, refusesAt + REFUSES_MS - Date.now()), undefined, { signal });
    await tree.close();
    return freeze;
  }

  private async loseApiServer(freeze: Freeze): Promise<void> {
    this.moments.add(`the API server is stopped; the webhook has refused ${freeze.refused} writes until now`);
    await sendControl(this.lab.controlSocket, { verb: 'stop', part: 'apiserver' });
    // Only now, or a write could slip in between: the API server is what stands in the way from here on.
    freeze.refusing = false;
    say('\n>>> The minute is over, and now the API server is gone for some seconds. Nobody answers a question.\n');
  }

  private async comeBack(freeze: Freeze): Promise<number> {
    const { lab, moments } = this;
    const { routes, signal } = this.scene;
    await sleep(API_SERVER_AWAY_MS, undefined, { signal });
    moments.add('the API server is started again');
    const [at] = await Promise.all([
      // The first write that is taken: the one that is tried here, or Sluice's own.
      Promise.race([untilWritable(lab, true, signal), routes.untilWeight(0, signal).then(Date.now)]),
      sendControl(lab.controlSocket, { verb: 'start', part: 'apiserver' }, START_MS),
    ]);
    moments.add('a write can be taken again', at);
    this.refused = freeze.refused;
    await freeze.remove(signal);
    return at;
  }
}
