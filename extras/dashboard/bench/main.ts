/**
 * `npm run bench -w extras/dashboard`: how soon pages show what a worker wrote, and what they cost. Temporal, server, worker and browser are
 * real, the cluster is played. Needs Temporal's development server (the lab's, or on the PATH) and Chromium.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { connectionsTo, useOf } from '../../../bench/lib/process-use.ts';
import { summarize } from '../../../bench/lib/statistics.ts';
import { bundle } from '../build.ts';
import type { LookOrder, SharesTold } from './lookers.ts';
import { firstPictures, noteShares, openScreen, sharesShown } from './screen.ts';
import { openWorld, type PagesWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '200' },
    rollouts: { type: 'string', default: '50' },
    writes: { type: 'string', default: '70' },
    loads: { type: 'string', default: '20' },
  },
});
const [pages, rollouts, writes, loads] = [values.pages, values.rollouts, values.writes, values.loads].map(Number) as [
  number,
  number,
  number,
  number,
];
/** Streams of a person that the server allows, and some for the browser. */
const OF_A_PERSON = 30;
const BETWEEN_MS = 500;
/** The last write has to arrive everywhere. */
const SETTLE_MS = 3_000;

/** What the played world believes. */
const PROVEN = { name: 'ann', channel: 'cli', statement: 'good' };

/** Shares of the canary, each once, none of them the plan's. */
const SHARES = Array.from({ length: 79 }, (_, at) => 21 + at).filter((share) => share % 20 !== 0);

/** Pages that listen to the first rollout, and one to each of the others. */
async function startLookers({ url, harness, plans, tokens }: PagesWorld) {
  const watched = [...Array.from({ length: pages }, () => plans[0]), ...plans.slice(1)];
  const order: LookOrder = {
    pages: watched.map((plan, at) => {
      const person = 1 + Math.floor(at / OF_A_PERSON);
      const path = `/rollouts/${harness.cluster}/demo/${plan?.name}/events`;
      return { url: `${url}/api/v1${path}`, token: tokens[person] ?? '', from: `192.0.2.${person}` };
    }),
  };
  const child = fork(join(import.meta.dirname, 'lookers.ts'));
  child.send(order);
  const [said] = await once(child, 'message');
  if (said !== 'all listen') throw new Error(said.error);
  return {
    async told(): Promise<SharesTold> {
      child.send('tell');
      const [told] = await once(child, 'message');
      child.kill();
      return told;
    },
  };
}

async function measure(world: PagesWorld): Promise<void> {
  const { url, pid, temporalPort, harness, plans, tokens, written } = world;
  const costs = () => ({ MiB: Math.round(useOf(pid).residentMiB), connections: connectionsTo(pid, temporalPort) });
  const { browser, page } = await openScreen(url, tokens[0] ?? '');
  const [plan] = plans;
  if (!plan) throw new RangeError('at least one rollout');
  const path = `${url}/rollouts/${harness.cluster}/demo/${plan.name}`;
  const atRest = costs();
  const pictures = { list: await firstPictures(page, url, loads), rollout: await firstPictures(page, path, loads) };
  await noteShares(page);
  const lookers = await startLookers(world);
  const cpuBefore = useOf(pid).cpuSeconds;
  const shares = SHARES.slice(0, writes);
  for (const weight of shares) {
    await harness.act(plan, 'set-weight', { weight, actor: PROVEN });
    await sleep(BETWEEN_MS);
  }
  await sleep(SETTLE_MS);
  const watched = { ...costs(), cpuSeconds: Number((useOf(pid).cpuSeconds - cpuBefore).toFixed(1)) };
  const [told, shown] = [await lookers.told(), await sharesShown(page)];
  await browser.close();
  const at = (share: number) => written.get(share) ?? Number.NaN;
  const toPages = shares.flatMap((share) => (told[share] ?? []).map((time) => time - at(share)));
  const toScreen = shares.flatMap((share) => (shown[share] === undefined ? [] : [shown[share] - at(share)]));
  console.log(
    JSON.stringify(
      {
        ...{ pages, rollouts, writes: shares.length },
        'worker wrote → told to each page, ms': {
          ...summarize(toPages),
          missed: shares.length * pages - toPages.length,
        },
        'worker wrote → on the screen of Chromium, ms': {
          ...summarize(toScreen),
          missed: shares.length - toScreen.length,
        },
        'first picture of the list, ms': summarize(pictures.list),
        'first picture of a rollout, ms': summarize(pictures.rollout),
        'server at rest': atRest,
        'server with all pages': watched,
        'script, KB brotli': scriptKb(),
      },
      null,
      2,
    ),
  );
}

function scriptKb(): number {
  const dist = join(import.meta.dirname, '..', 'dist');
  const scripts = readdirSync(dist).filter((name) => name.endsWith('.js') && name !== 'index.js');
  const bytes = scripts.map((name) => brotliCompressSync(readFileSync(join(dist, name))).length);
  return Number((bytes.reduce((sum, one) => sum + one, 0) / 1000).toFixed(1));
}

await bundle();
const world = await openWorld(rollouts, 2 + Math.ceil((pages + rollouts) / OF_A_PERSON));
try {
  await measure(world);
} finally {
  await world.close();
}
