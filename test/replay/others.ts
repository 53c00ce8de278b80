/** The recorded workflows that are no rollouts: mirrors, notices, deliveries and the reconciler. */
import { ApplicationFailure } from '@temporalio/common';
import { handOverNews } from '../../src/activities/hand-over-news.ts';
import { noticesWorkflowId } from '../../src/contract/ids.ts';
import { type MirrorSpec, mirrorWorkflowId } from '../../src/contract/mirror.ts';
import { type NotifyInput, type NotifyResult, noticeView } from '../../src/contract/notice.ts';
import type { Leftover } from '../../src/contract/reconcile.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { promotedView } from '../support/views.ts';
import { type Cast, type Harness, startHarness } from '../support/workflow/harness.ts';
import { MirrorWorld, mirrorSpecFor } from '../support/workflow/mirror-world.ts';

type History = Awaited<ReturnType<ReturnType<Harness['client']['workflow']['getHandle']>['fetchHistory']>>;

export const OTHERS: Record<string, () => Promise<History>> = {
  'mirror-ended': () => mirrored(new MirrorWorld(), { durationMs: 1_000 }),
  'mirror-lost': () => {
    const world = new MirrorWorld();
    world.watches = [{ kind: 'target-lost', sentence: 'no pod behind forecast is ready' }];
    return mirrored(world, { durationMs: 60_000 });
  },
  'notices-told': () => noticed(async ({ to }) => ({ told: to, refused: [], later: [] })),
  'notices-late': () => {
    let away = 2;
    return noticed(async ({ to }) => {
      const isAway = away-- > 0;
      const later = isAway ? to.map((one) => ({ to: one, reason: 'it is away', perhaps: false })) : [];
      return { told: isAway ? [] : to, refused: [], later };
    });
  },
  'delivery-started': () =>
    delivered(async () => ({ ...target('delivered'), status: 'started', rollout: 'delivered-1' })),
  'delivery-rejected': () =>
    delivered(async () => {
      throw ApplicationFailure.nonRetryable('no such plan');
    }),
  'reconcile-silent': () => reconciled([]),
  'reconcile-repairs': () => reconciled([leftover()]),
};

function target(plan: string) {
  return { plan, namespace: 'demo' };
}

function leftover(): Leftover {
  return { plan: planFor('left'), rollout: 'left-7', epoch: 7, sentences: ['a canary runs'] };
}

function mirrored(world: MirrorWorld, changes: Partial<MirrorSpec>): Promise<History> {
  return recorded(cast({ ...world.cluster(), ...world.waits() }), 'mirror', ({ cluster }) => {
    const spec = mirrorSpecFor(cluster, changes);
    return { id: mirrorWorkflowId(spec), input: { spec, startedBy: 'mo · cli' } };
  });
}

function delivered(makeOffer: () => Promise<object>): Promise<History> {
  return recorded(cast({ makeOffer }), 'delivery', ({ cluster }) => ({
    id: `delivery/${cluster}`,
    input: { cluster, offer: offerFor(planFor('delivered')) },
  }));
}

/** Whatever it finds is offered to be repaired. */
function reconciled(leftovers: Leftover[]): Promise<History> {
  const activities = {
    unservedClusters: async () => [],
    rolloutNamespaces: async () => ['demo'],
    withoutWorkflow: async () => leftovers.map(({ plan }) => target(plan.name)),
    makeOffer: async () => ({ ...target('left'), status: 'started', rollout: 'left-8' }),
    exportAudits: async () => ({ files: 0 }),
    findLeftovers: async () => ({ clusterUid: 'uid', leftovers, problems: [] }),
  };
  return recorded(cast(activities), 'reconcile', ({ cluster }) => ({
    id: `reconcile/${cluster}`,
    input: { cluster, repair: true },
  }));
}

/** The same answers on every queue. */
function cast(activities: object): Cast {
  return { cluster: () => activities, waits: () => activities, control: () => activities };
}

/** The history of one workflow, whatever its end. */
async function recorded(
  players: Cast,
  type: string,
  begin: (harness: Harness) => { id: string; input: object },
): Promise<History> {
  const harness = await startHarness(players);
  const { id, input } = begin(harness);
  const handle = await harness.client.workflow.start(type, { workflowId: id, taskQueue: harness.queue, args: [input] });
  await handle.result().catch(() => undefined);
  const history = await handle.fetchHistory();
  await harness.close();
  return history;
}

/** One rollout's end is told. */
async function noticed(notify: (input: NotifyInput) => Promise<NotifyResult>): Promise<History> {
  const harness = await startHarness(cast({ notify }));
  const plan = planFor('told');
  const view = { ...promotedView(), plan: plan.name, cluster: harness.cluster };
  const news = { notify: plan.notify, againMs: 60_000, view: noticeView(view, true), closed: [], ended: true, at: 1 };
  await handOverNews(harness.client, harness.queue, news, { activityId: '' });
  const handle = harness.client.workflow.getHandle(noticesWorkflowId(harness.cluster, view.namespace, plan.name));
  await handle.result();
  const history = await handle.fetchHistory();
  await harness.close();
  return history;
}
