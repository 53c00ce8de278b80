/**
 * From the moment an abort is sent, as the command line sends it, to weight 0 in the VirtualService, as a watch in the same
 * process sees it. Each sample is a rollout of its own that waits at weight 20 in a check interval of an hour.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { KubeObject } from '../../src/kubernetes/index.ts';
import { act } from '../../src/steering/act.ts';
import { BenchBed, eachOf, load } from '../lib/bed.ts';
import { now } from '../lib/clock.ts';
import { firstMoment, momentsOf } from '../lib/history.ts';
import { type Marks, phases } from '../lib/marks.ts';
import { canaryWeight, Observer } from '../lib/observer.ts';
import { type ApiRequest, lastWrite, readRequests } from '../lib/requests.ts';
import type { MeasureOptions, Name, Result } from '../lib/result.ts';
import { summarize } from '../lib/statistics.ts';
import { type BenchTarget, IMAGE, routeRef } from '../lib/target.ts';
import { observe } from '../lib/use.ts';

const TARGET_MS = 150;
const SETTLE_MS = 500;
const OBSERVE_MS = 30_000;
const PATIENCE_MS = 120_000;
/** `PENDING_ACTIVITY_STATE_STARTED` of Temporal's API. */
const STARTED = 2;

interface Sample {
  target: BenchTarget;
  sentAt: number;
  seenAt: number;
}

export function abortToZero(options: MeasureOptions): Promise<Result[]> {
  return measureAll('abort-to-zero', 0, options);
}

/** The same beside many others that wait on the same worker, each in a check interval: their costliest kind of wait. */
export function abortToZeroBusy(options: MeasureOptions): Promise<Result[]> {
  return measureAll('abort-to-zero-busy', options.waiting, options);
}

async function measureAll(name: Name, others: number, { count, tidy, say }: MeasureOptions): Promise<Result[]> {
  const bed = await BenchBed.open();
  try {
    const waiting = await bring(bed, 'wait', others, say);
    const measured = await bring(bed, others > 0 ? 'busy' : 'abort', count + 1, say);
    say(`the worker is observed for ${OBSERVE_MS / 1_000} s`);
    const use = await observe(bed, OBSERVE_MS);
    const [warmUp, ...rest] = measured as [BenchTarget, ...BenchTarget[]];
    await abortOne(bed, warmUp);
    const before = load();
    const samples: Sample[] = [];
    for (const target of rest) {
      await sleep(SETTLE_MS);
      samples.push(await abortOne(bed, target));
      say(`${name}: ${samples.length} of ${count}`);
    }
    const after = load();
    await expectWaiting(bed, waiting);
    const times = samples.map(({ sentAt, seenAt }) => seenAt - sentAt);
    return [
      {
        name,
        setting: others === 0 ? 'nothing else runs' : `${others} others in a check interval`,
        target: TARGET_MS,
        ...summarize(times),
        samples: times,
        load: [before, after],
        phases: phases(await marksOf(bed, samples)),
        waiting: use,
      },
    ];
  } finally {
    await bed.close({ tidy });
  }
}

/** New rollouts, each waiting at weight 20. */
async function bring(bed: BenchBed, label: string, count: number, say: MeasureOptions['say']): Promise<BenchTarget[]> {
  if (count === 0) return [];
  say(`${count} apps (${label}) are made`);
  const targets = await bed.targets(label, count);
  let done = 0;
  await eachOf(targets, async (target) => {
    const { status, reason } = await bed.sluice.deliver(target.plan, `${IMAGE}:v2`);
    // Many at once may take longer than one delivery waits for its answer.
    if (status !== 'started' && status !== 'pending') throw new Error(`${target.plan.name}: ${status}, ${reason}`);
    await untilWaiting(bed, target);
    done += 1;
    if (done % 20 === 0 || done === count) say(`${done} of ${count} rollouts (${label}) wait at weight 20`);
  });
  return targets;
}

export async function untilWaiting(bed: BenchBed, target: BenchTarget): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isWaiting(bed, target))) {
    if (Date.now() > end) throw new Error(`${target.plan.name} does not wait at weight 20: see its workflow`);
    await sleep(200);
  }
}

/** Whether a worker is in the check interval of this rollout right now, as Temporal knows it. */
export async function isWaiting({ sluice }: BenchBed, { plan }: BenchTarget): Promise<boolean> {
  const { raw } = await sluice.handle(plan).describe().catch(notYet);
  return (raw.pendingActivities ?? []).some(
    ({ activityType, state }) => activityType?.name === 'checkInterval' && state === STARTED,
  );
}

function notYet(error: unknown): { raw: { pendingActivities?: null } } {
  if (error instanceof WorkflowNotFoundError) return { raw: {} };
  throw error;
}

/** The others must have waited to the end, or the figure means nothing. */
async function expectWaiting(bed: BenchBed, targets: readonly BenchTarget[]): Promise<void> {
  await eachOf(targets, async (target) => {
    if (!(await isWaiting(bed, target))) throw new Error(`${target.plan.name} stopped waiting during the measurement`);
  });
}

/** Aborts as the command line does, and waits until the route says so. */
export async function abortOne(bed: BenchBed, target: BenchTarget): Promise<Sample> {
  const stop = new AbortController();
  const route = new Observer<KubeObject>(bed.client, routeRef(target), stop.signal);
  await route.until((object) => canaryWeight(object) === 20);
  const { cluster, client } = bed.sluice;
  const workflow = rolloutWorkflowId(cluster, target.plan.namespace, target.plan.name);
  const abort = { id: randomUUID(), verb: 'abort', actor: { name: 'bench', channel: 'cli' } } as const;
  const sentAt = now();
  const sending = act(client, workflow, abort, false);
  const [result, seenAt] = await Promise.all([sending, route.until((object) => canaryWeight(object) === 0)]);
  stop.abort();
  if (result.kind !== 'answered' || !result.answer.accepted) throw new Error(`${target.plan.name}: abort not accepted`);
  return { target, sentAt, seenAt };
}

async function marksOf(bed: BenchBed, samples: readonly Sample[]): Promise<Marks[]> {
  const requests = await readRequests(bed.lab.auditLog);
  return Promise.all(
    samples.map((sample) => marksOfOne(bed, sample, requests.get(sample.target.plan.namespace) ?? [])),
  );
}

async function marksOfOne(bed: BenchBed, { target, sentAt, seenAt }: Sample, requests: ApiRequest[]): Promise<Marks> {
  const moments = momentsOf(await bed.sluice.handle(target.plan).fetchHistory());
  const write = lastWrite(requests, 'virtualservices', { from: sentAt, until: seenAt });
  const first = requests.find(({ receivedAt }) => receivedAt >= sentAt);
  return [
    ['sent', sentAt],
    ['task scheduled', firstMoment(moments, sentAt, 'task scheduled')],
    ['task started', firstMoment(moments, sentAt, 'task started')],
    ['update accepted', firstMoment(moments, sentAt, 'update accepted')],
    ['route scheduled', firstMoment(moments, sentAt, 'scheduled', 'route')],
    ['route started', firstMoment(moments, sentAt, 'started', 'route')],
    ['first request at the API server', first?.receivedAt],
    ['write at the API server', write?.receivedAt],
    ['write answered', write?.answeredAt],
    ['seen', seenAt],
  ];
}
