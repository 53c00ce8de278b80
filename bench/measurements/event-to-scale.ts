/**
 * From the moment a signed deploy event is sent to `sluice server` to the write that scales the canary up, as a watch in
 * the same process sees it. One app, a new image each time; each rollout is aborted and ended before the next event.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SENDER } from '../../lab/story/index.ts';
import { deliveryWorkflowId, rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { KubeObject } from '../../src/kubernetes/index.ts';
import { act } from '../../src/steering/act.ts';
import { BenchBed, load } from '../lib/bed.ts';
import { now } from '../lib/clock.ts';
import { firstMoment, momentsOf } from '../lib/history.ts';
import { type Marks, phases } from '../lib/marks.ts';
import { Observer, wantedReplicas } from '../lib/observer.ts';
import { type ApiRequest, lastWrite, readRequests } from '../lib/requests.ts';
import type { MeasureOptions, Result } from '../lib/result.ts';
import { summarize } from '../lib/statistics.ts';
import { type BenchTarget, canaryRef, IMAGE } from '../lib/target.ts';

const TARGET_MS = 500;
const SETTLE_MS = 500;

interface Sample {
  sentAt: number;
  seenAt: number;
  delivery: string;
  run: string;
}

export async function eventToScale({ count, tidy, say }: MeasureOptions): Promise<Result[]> {
  const bed = await BenchBed.open();
  try {
    const [target] = (await bed.targets('event', 1)) as [BenchTarget];
    await bed.startServer([target]);
    const canary = new Observer<KubeObject>(bed.client, canaryRef(target), bed.signal);
    await measure(bed, target, canary, 'warm-up');
    const results: Result[] = [];
    for (const absent of [true, false]) {
      const setting = absent ? 'canary Deployment absent' : 'canary Deployment at zero';
      const before = load();
      const samples: Sample[] = [];
      for (let index = 0; index < count; index += 1) {
        if (absent) await removeCanary(bed, target, canary);
        await sleep(SETTLE_MS);
        samples.push(await measure(bed, target, canary, `${absent ? 'a' : 'z'}${index}`));
        say(`event-to-scale, ${setting}: ${index + 1} of ${count}`);
      }
      const times = samples.map(({ sentAt, seenAt }) => seenAt - sentAt);
      results.push({
        name: 'event-to-scale',
        setting,
        target: TARGET_MS,
        ...summarize(times),
        samples: times,
        load: [before, load()],
        phases: phases(await marksOf(bed, target, samples)),
      });
    }
    return results;
  } finally {
    await bed.close({ tidy });
  }
}

async function removeCanary({ client }: BenchBed, target: BenchTarget, canary: Observer<KubeObject>): Promise<void> {
  await client.delete(canaryRef(target));
  await canary.until((object) => object === undefined);
}

/** One event, and back to rest. */
async function measure(bed: BenchBed, target: BenchTarget, canary: Observer<KubeObject>, tag: string): Promise<Sample> {
  const { sluice } = bed;
  const sentAt = now();
  const sending = bed.sendEvent(target, `${IMAGE}:${tag}`);
  const [{ delivery }, seenAt] = await Promise.all([sending, canary.until((object) => wantedReplicas(object) > 0)]);
  const { namespace, name } = target.plan;
  const workflow = rolloutWorkflowId(sluice.cluster, namespace, name);
  const { runId } = await sluice.handle(target.plan).describe();
  const abort = { id: randomUUID(), verb: 'abort', actor: { name: 'bench', channel: 'cli' } } as const;
  await act(sluice.client, workflow, abort, false);
  await sluice.result(target.plan);
  return { sentAt, seenAt, delivery, run: runId };
}

async function marksOf(bed: BenchBed, target: BenchTarget, samples: readonly Sample[]): Promise<Marks[]> {
  const requests = (await readRequests(bed.lab.auditLog)).get(target.plan.namespace) ?? [];
  return Promise.all(samples.map((sample) => marksOfOne(bed, target, sample, requests)));
}

async function marksOfOne(
  bed: BenchBed,
  { plan }: BenchTarget,
  sample: Sample,
  requests: ApiRequest[],
): Promise<Marks> {
  const { client, cluster } = bed.sluice;
  const { sentAt, seenAt } = sample;
  const historyOf = async (id: string, run?: string) =>
    momentsOf(await client.workflow.getHandle(id, run).fetchHistory());
  const delivery = await historyOf(deliveryWorkflowId(`${SENDER}/${sample.delivery}`, plan));
  const rollout = await historyOf(rolloutWorkflowId(cluster, plan.namespace, plan.name), sample.run);
  const write = lastWrite(requests, 'deployments', { from: sentAt, until: seenAt });
  return [
    ['sent', sentAt],
    ['delivery started', firstMoment(delivery, 0, 'run started')],
    ['its task started', firstMoment(delivery, 0, 'task started')],
    ['makeOffer scheduled', firstMoment(delivery, 0, 'scheduled', 'makeOffer')],
    ['makeOffer started', firstMoment(delivery, 0, 'started', 'makeOffer')],
    ['rollout started', firstMoment(rollout, 0, 'run started')],
    ['its task started', firstMoment(rollout, 0, 'task started')],
    ['detect scheduled', firstMoment(rollout, 0, 'scheduled', 'detect')],
    ['detect started', firstMoment(rollout, 0, 'started', 'detect')],
    ['detect completed', firstMoment(rollout, 0, 'completed', 'detect')],
    ['scaleCanary scheduled', firstMoment(rollout, 0, 'scheduled', 'scaleCanary')],
    ['scaleCanary started', firstMoment(rollout, 0, 'started', 'scaleCanary')],
    ['write at the API server', write?.receivedAt],
    ['write answered', write?.answeredAt],
    ['seen', seenAt],
  ];
}
