import { describe, expect, test } from 'vitest';
import { putReconcileSchedule, removeReconcileSchedule } from '../../../src/cli/temporal/reconcile-schedule.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { ordered } from '../../support/authority.ts';
import { eventually, kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

/** Terminated, the workflow cannot take anybody back. */
async function lose(sluice: ClusterSluice, plan: Plan): Promise<void> {
  await sluice.handle(plan).terminate('as an operator might');
}

/** The repair's view; the terminated run's is gone. */
function repaired(sluice: ClusterSluice, plan: Plan): Promise<RolloutView> {
  return sluice.until(
    plan,
    ({ state, outcome }) => state === 'ended' && outcome?.kind === 'repaired',
    'the repair is over',
  );
}

const quick = { mirror: undefined, load: undefined } as const;

describe('a rollout whose workflow was terminated', () => {
  test('at weight 40: reported, then repaired, and no user notices', async () => {
    const [app, sluice] = await Promise.all([Reviews.create('lost'), ClusterSluice.start()]);
    const plan = app.plan({ ...quick, shift: { weights: [40, 100], everyMs: 120_000 } });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 40, 'weight 40');
    expect(await sluice.cli('reconcile')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing is left'),
    });
    await lose(sluice, plan);

    const report = await sluice.cli('reconcile');
    console.info(report.stdout);
    expect(report.code).toBe(8);
    expect(report.stdout).toContain('reviews-1 has no workflow');
    expect(report.stdout).toContain('primary 60 %, canary 40 %');
    expect(await app.weights()).toEqual({ primary: 60, canary: 40, mirror: 0 });

    const began = Date.now();
    const unproven = await sluice.cli('reconcile', '--repair', '-n', app.namespace);
    expect(unproven).toMatchObject({ code: 9, stdout: expect.stringContaining('no server vouches for it') });
    expect((await sluice.repair(app.namespace)).found).toMatchObject([{ repair: { status: 'started' } }]);
    const view = await repaired(sluice, plan);
    const { total, failed } = await prober.stop();
    console.info(
      `repaired ${((Date.now() - began) / 1000).toFixed(1)} s after it was asked for; ${total} sent, ${failed} failed`,
    );
    expect(failed).toBe(0);
    expect(view).toMatchObject({ rollout: 'reviews-2', outcome: { kind: 'repaired' } });
    expect(await app.weights()).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
    expect((await app.route()).metadata.annotations).not.toHaveProperty('sluice.dev/rollout');
    expect(await sluice.cli('reconcile')).toMatchObject({ code: 0 });
    expect(await sluice.deliver(plan, 'reviews:v2')).toMatchObject({ status: 'started', rollout: 'reviews-3' });
    await sluice.act(plan, 'abort', 'seen');
    await sluice.result(plan);
    await sluice.stop();
    await app.remove();
  });

  test('while the primary is upgraded: restored by the schedule before users return', async () => {
    const [app, sluice] = await Promise.all([Reviews.create('half'), ClusterSluice.start()]);
    const plan = app.plan({ ...quick, shift: { weights: [100], everyMs: 2_000 } });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 100, 'weight 100');
    // the new pods of the primary find no room, so it stays half upgraded
    await kubectl('-n', app.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
    await eventually(async () => {
      const { spec } = await app.replicas('reviews-v1');
      return spec.template.spec.containers[0]?.image.startsWith('reviews:v2@') || undefined;
    }, 'the primary is touched');
    await lose(sluice, plan);
    await kubectl('-n', app.namespace, 'delete', 'quota', 'no-more-pods');

    const order = { right: 'repair', cluster: sluice.cluster, person: 'mo', what: [app.namespace] } as const;
    const statement = await ordered(order, sluice.server);
    const asked = { cluster: sluice.cluster, namespaces: [app.namespace], repair: true, statement };
    const schedule = { ...asked, everyMs: 3_600_000 };
    expect(await putReconcileSchedule(sluice.client, schedule)).toBe('created');
    expect(await putReconcileSchedule(sluice.client, schedule)).toBe('updated');
    await sluice.client.schedule.getHandle(`reconcile/${sluice.cluster}`).trigger();
    await repaired(sluice, plan);
    const { total, failed } = await prober.stop();
    console.info(`half upgraded: ${total} sent, ${failed} failed`);
    expect(failed).toBe(0);
    const primary = await app.replicas('reviews-v1');
    expect(primary.spec.template.spec.containers[0]?.image).toBe('reviews:v1');
    expect(primary.status.readyReplicas).toBe(2);
    expect(await app.weights()).toEqual({ primary: 100, canary: 0, mirror: 0 });
    expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
    expect(await removeReconcileSchedule(sluice.client, sluice.cluster)).toBe(true);
    expect(await removeReconcileSchedule(sluice.client, sluice.cluster)).toBe(false);
    await sluice.stop();
    await app.remove();
  });
});
