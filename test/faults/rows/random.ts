/** The random scripts of the model on the lab, six times as fast: real users, pods, routes, metrics and calls that fail. */

import { setTimeout as sleep } from 'node:timers/promises';
import { abortSignal, pauseSignal } from '../../../src/contract/messages.ts';
import type { Answer } from '../../../src/contract/question.ts';
import { isFinished, type RolloutView } from '../../../src/contract/view.ts';
import { type Happening, type ModelScript, scriptOf } from '../../model/script.ts';
import { kubectl } from '../../support/lab/cluster.ts';
import type { Fault, FaultProxy, FaultRule } from '../../support/lab/fault-proxy.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow, Finding } from '../row.ts';
import { seconds } from './support.ts';

const SEEDS = 20;
const SPEED = 6;
const CARE_MS = 3_000;
/** A rollout that has not ended by then is stuck. */
const LIMIT_MS = 200_000;

/** What a call of Sluice to the API server meets. */
const FAULTS: Fault[] = [
  { kind: 'answer', status: 503 },
  { kind: 'answer', status: 429, retryAfterS: 1 },
  { kind: 'drop' },
  { kind: 'cut' },
  { kind: 'twice' },
  { kind: 'delay', ms: 1_500 },
];

interface Scene {
  bed: Bed;
  metrics: FaultProxy;
  blind?: FaultRule;
}

type Happens = { [Kind in Happening['kind']]?: (scene: Scene, what: Extract<Happening, { kind: Kind }>) => unknown };

const HAPPENS: Happens = {
  action: ({ bed }, { verb, by, proven, stale, weight }) => {
    const changes = { ...(stale && { rollout: 'reviews-0' }), ...(verb === 'set-weight' && { weight }) };
    return proven ? bed.actAs(by, verb, changes) : bed.act(verb, { ...changes, actor: { name: by, channel: 'cli' } });
  },
  signal: ({ bed }, { verb }) =>
    bed.sluice.handle(bed.plan).signal(verb === 'pause' ? pauseSignal : abortSignal, 'by signal'),
  offer: ({ bed }, { image }) => bed.deliver(image),
  cancel: ({ bed }) => bed.sluice.handle(bed.plan).cancel(),
  terminate: async ({ bed }) => {
    await bed.sluice.handle(bed.plan).terminate('by hand');
    await bed.sluice.repair(bed.namespace);
  },
  'pods die': ({ bed }, { side, count }) => killPods(bed, side === 'primary' ? 'v1' : 'v2', count),
  image: ({ bed }, { how, on }) =>
    bed.app.behave('v2', on ? (how === 'bad' ? { errorPercent: 100 } : { ready: false }) : { reset: true }),
  metrics: (scene, { on }) => {
    if (scene.blind) scene.blind.times = 0;
    scene.blind = on
      ? undefined
      : scene.metrics.add({ match: () => true, fault: { kind: 'cut' }, times: Number.POSITIVE_INFINITY });
  },
  edit: async ({ bed }, { canary }) => {
    if ((await bed.app.weights()).canary === 0) return;
    const value = [
      { op: 'replace', path: '/spec/http/0/route/0/weight', value: 100 - canary },
      { op: 'replace', path: '/spec/http/0/route/1/weight', value: canary },
    ];
    const where = ['-n', bed.namespace, 'patch', 'virtualservice', 'reviews', '--type=json', '--field-manager=anna'];
    await kubectl(...where, '-p', JSON.stringify(value));
  },
  // Here a worker with an empty cache is a worker that is killed.
  replay: async ({ bed }) => {
    bed.sluice.workers.at(-1)?.kill('SIGKILL');
    await bed.startWorker();
  },
};

async function killPods({ namespace }: Bed, version: string, count: number): Promise<void> {
  const pods = await kubectl('-n', namespace, 'get', 'pods', '-l', `version=${version}`, '-o', 'name');
  const some = pods.split('\n').filter(Boolean).slice(0, count);
  if (some.length > 0) await kubectl('-n', namespace, 'delete', ...some, '--wait=false', '--grace-period=0', '--force');
}

const TERMINATED = 'a terminated workflow has no last word';

function row(seed: number): FaultRow {
  const script = scriptOf(seed);
  const has = (...kinds: Happening['kind'][]) => script.happenings.some(({ what }) => kinds.includes(what.kind));
  const takesPods = has('pods die', 'image', 'edit', 'terminate');
  return {
    id: `R:${seed}`,
    what: `random script ${seed}`,
    how: script.happenings.map(({ at, what }) => `${(at / SPEED / 1_000).toFixed(0)} s ${what.kind}`).join(', '),
    needs: {},
    limitS: LIMIT_MS / 1_000 + 60,
    ...(takesPods && { usersMayFail: 'pods die, turn bad, or somebody else routes users' }),
    exempt: {
      ...(takesPods && { I1: 'pods are taken from under the users', I4: 'I1 outranks it: the canary is lost' }),
      ...(script.stepsBack && { I8: 'weights go back in steps, as the plan says' }),
      ...(has('terminate') && { I7: TERMINATED, I14: TERMINATED }),
    },
    run: (bed) => perform(bed, script),
  };
}

async function perform(bed: Bed, script: ModelScript): Promise<Finding> {
  const scene: Scene = { bed, metrics: await bed.breakPrometheus() };
  const { approvals, pause, mirror: _mirror, ...plan } = script.plan;
  Object.assign(bed.plan, plan, {
    approvals: approvals?.map((one) => ({ ...one, ...(one.expiresMs && { expiresMs: one.expiresMs / SPEED }) })),
    ...(script.stepsBack && {
      shift: { ...bed.plan.shift, back: { weights: script.stepsBack, everyMs: bed.plan.shift.everyMs } },
    }),
    pause: pause && { ...pause, limitMs: pause.limitMs / SPEED },
  });
  await bed.deliver();
  const begun = Date.now();
  const broken = FAULTS.map((fault) =>
    bed.breakKube({ match: () => true, fault, times: Number.POSITIVE_INFINITY, share: script.faultPercent / 600 }),
  );
  for (const { at, what } of script.happenings) {
    await sleep(Math.max(0, begun + at / SPEED - Date.now()));
    const happens = HAPPENS[what.kind] as ((scene: Scene, what: Happening) => unknown) | undefined;
    await Promise.resolve(happens?.(scene, what)).catch(() => undefined);
  }
  for (const rule of broken) rule.times = 0;
  if (scene.blind) scene.blind.times = 0;
  await bed.app.behave('v2', { reset: true });
  const view = await careFor(bed);
  return { outcome: `${script.happenings.length} events; ${view.outcome?.kind}`, safeAfterS: seconds(begun) };
}

/** Asks for a repair of what a terminated workflow left behind. */
async function nothingLeft({ sluice, namespace }: Bed): Promise<boolean> {
  if ((await sluice.cli('reconcile', '-n', namespace)).code === 0) return true;
  await sluice.repair(namespace);
  return false;
}

/** Somebody answers whatever is asked, until it ends. */
async function careFor(bed: Bed): Promise<RolloutView> {
  const end = Date.now() + LIMIT_MS;
  for (let times = 0; Date.now() < end; times += 1) {
    const { status } = await bed.sluice.handle(bed.plan).describe();
    const view = await bed.sluice.view(bed.plan);
    if (status.name === 'TERMINATED' && (await nothingLeft(bed))) return view;
    if (isFinished(view) && view.needsYou === undefined) return view;
    if (view.paused) await bed.actAs('zoe', 'resume');
    else if (view.needsYou?.gate) await bed.actAs(`zoe${times % 20}`, 'approve');
    else if (view.needsYou) await bed.sluice.answer(bed.plan, Object.keys(view.needsYou.answers)[0] as Answer);
    await sleep(CARE_MS);
  }
  throw new Error(`not over ${LIMIT_MS / 1_000} s after the script`);
}

export const RANDOM_ROWS: FaultRow[] = Array.from({ length: SEEDS }, (_, index) => row(index + 1));
