/** G4: other hands on the cluster, and pods that die. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, eventually, kubectl } from '../../support/lab/cluster.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow, Finding } from '../row.ts';
import { installWebhook } from '../tools/admission-webhook.ts';
import { abortHeld, promoted, seconds } from './support.ts';

function patchRoute({ namespace }: Bed, operations: object[]): Promise<string> {
  const where = ['-n', namespace, 'patch', 'virtualservice', 'reviews', '--type=json', '--field-manager=anna'];
  return kubectl(...where, '-p', JSON.stringify(operations));
}

const weights = (primary: number, canary: number) => [
  { op: 'replace', path: '/spec/http/0/route/0/weight', value: primary },
  { op: 'replace', path: '/spec/http/0/route/1/weight', value: canary },
];

const F47: FaultRow = {
  id: 'F47',
  what: 'weights edited by hand in mid-rollout',
  how: 'kubectl patch to 70/30 at 50 %',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const edited = Date.now();
    await patchRoute(bed, weights(70, 30));
    const { needsYou } = await bed.untilHeld(30_000);
    const safeAfterS = seconds(edited);
    assert.match(needsYou?.reason ?? '', /last changed by anna/);
    assert.equal((await bed.app.weights()).canary, 30, 'it was overwritten');
    await bed.sluice.answer(bed.plan);
    await promoted(bed);
    return { outcome: 'held, says by whom; resumed; promoted', safeAfterS };
  },
};

const F48: FaultRow = {
  id: 'F48',
  what: 'GitOps resets the route again and again',
  how: 'kubectl patch to 100/0 whenever it was written again; the plan says restore',
  run: async (bed) => {
    bed.plan.traffic.onDrift = 'restore';
    bed.plan.shift.everyMs = 60_000;
    await bed.deliver();
    await bed.untilWeight(50);
    const started = Date.now();
    let times = 0;
    for (; times < 10 && !(await bed.sluice.view(bed.plan)).needsYou; times += 1) {
      await patchRoute(bed, weights(100, 0));
      await eventually(async () => (await bed.app.weights()).canary === 50 || asked(bed), 'written again or held');
    }
    const { needsYou } = await bed.sluice.view(bed.plan);
    assert.match(needsYou?.reason ?? '', /last changed by anna/);
    return abortHeld(bed, `written again ${times - 1} times, then held`, seconds(started));
  },
};

async function asked(bed: Bed): Promise<true | undefined> {
  return (await bed.sluice.view(bed.plan)).needsYou ? true : undefined;
}

const F49: FaultRow = {
  id: 'F49',
  what: 'the VirtualService is deleted',
  how: 'kubectl delete at 50 %, put back later',
  usersMayFail: 'without a route nobody is served',
  exempt: { I8: 'the object that carried the fence is gone', I11: 'it is another object' },
  run: async (bed) => {
    const before = await bed.app.route();
    await bed.deliver();
    await bed.untilWeight(50);
    const deleted = Date.now();
    await kubectl('-n', bed.namespace, 'delete', 'virtualservice', 'reviews');
    const { needsYou } = await bed.untilHeld(30_000);
    const safeAfterS = seconds(deleted);
    assert.match(needsYou?.reason ?? '', /was deleted/);
    const metadata = { name: 'reviews', namespace: bed.namespace };
    await apply([{ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec: before.spec }]);
    return abortHeld(bed, 'held, says so', safeAfterS);
  },
};

const RETRIES = { attempts: 3, perTryTimeout: '1s', retryOn: '5xx' };

const F50: FaultRow = {
  id: 'F50',
  what: 'somebody adds retries and another route',
  how: 'kubectl patch at 50 %',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const other = {
      name: 'static',
      match: [{ uri: { prefix: '/static' } }],
      route: [{ destination: { host: 'reviews' } }],
    };
    await patchRoute(bed, [
      { op: 'add', path: '/spec/http/0/retries', value: RETRIES },
      { op: 'add', path: '/spec/http/1', value: other },
    ]);
    await promoted(bed);
    const { http } = (await bed.app.route()).spec;
    assert.deepEqual((http[0] as { retries?: object }).retries, RETRIES);
    assert.deepEqual(http[1], other);
    return { outcome: 'promoted; both are kept' };
  },
};

/** The canary's pods, deleted or crashed, with users on them. */
function canaryLost(id: string, what: string, how: string, lose: (bed: Bed) => Promise<unknown>): FaultRow {
  return {
    id,
    what,
    how,
    usersMayFail: 'the pods that answered them died',
    exempt: { I1: 'the fault takes the pods from under the users' },
    run: async (bed) => {
      bed.plan.shift.everyMs = 20_000;
      await bed.deliver();
      await bed.untilWeight(50);
      const lost = Date.now();
      await lose(bed);
      const safeAfterS = seconds(lost, await bed.usersBack(lost));
      assert.ok(safeAfterS < 5, `users were back after ${safeAfterS} s`);
      await bed.untilHeld();
      return abortHeld(bed, 'users back on the primary, held', safeAfterS);
    },
  };
}

const F56 = canaryLost(
  'F56',
  'all canary pods deleted at 50 %',
  'kubectl delete pods without grace; new ones are kept away',
  async (bed) => {
    await kubectl('-n', bed.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
    await kubectl('-n', bed.namespace, 'delete', 'pods', '-l', 'version=v2', '--grace-period=0', '--force');
  },
);

const F55 = canaryLost(
  'F55',
  'canary crash-loops after its first weight',
  'every program of the canary exits with code 1',
  (bed) => bed.app.behave('v2', { crash: true }),
);

const F54: FaultRow = {
  id: 'F54',
  what: 'canary never becomes ready',
  how: 'image reviews:v2-never-ready',
  run: async (bed) => {
    bed.plan.scale.readyTimeoutMs = 6_000;
    await bed.deliver('reviews:v2-never-ready');
    const started = Date.now();
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'failed');
    const given = bed.recording.routes
      .map(({ value }) => JSON.stringify(value.spec))
      .filter((spec) => spec.includes('"v2"'));
    assert.deepEqual(given, [], 'the canary was routed to');
    return { outcome: 'failed before any route', safeAfterS: seconds(started) };
  },
};

const F53: FaultRow = {
  id: 'F53',
  what: "the canary's subset matches no pod",
  how: 'kubectl patch of the DestinationRule before the rollout',
  run: async (bed) => {
    const rule = ['-n', bed.namespace, 'patch', 'destinationrule', 'reviews', '--type=json', '-p'];
    await kubectl(...rule, JSON.stringify([{ op: 'replace', path: '/spec/subsets/1/labels/version', value: 'v9' }]));
    const { status, problems = [], reason } = await bed.deliver();
    assert.equal(status, 'rejected', reason);
    await bed.result();
    return { outcome: `refused: ${problems[0]?.problem ?? reason}` };
  },
};

const F57: FaultRow = {
  id: 'F57',
  what: 'primary pods lost at 50 %',
  how: 'kubectl scale of the primary to 0 for 6 s',
  usersMayFail: 'the pods that answered them are gone',
  exempt: { I1: 'the fault takes the pods from under the users' },
  run: async (bed) => {
    bed.plan.shift.everyMs = 12_000;
    await bed.deliver();
    await bed.untilWeight(50);
    await scale(bed, 0);
    await sleep(6_000);
    assert.equal((await bed.app.weights()).canary, 50, 'users were moved to the canary for it');
    await scale(bed, 2);
    const view = await bed.result();
    return { outcome: `nobody was moved for it; ${view.outcome?.kind} when it was back` };
  },
};

function scale(bed: Bed, replicas: number): Promise<string> {
  return kubectl('-n', bed.namespace, 'scale', 'deployment/reviews-v1', `--replicas=${replicas}`);
}

const F58: FaultRow = {
  id: 'F58',
  what: 'abort while the primary is scaled down',
  how: 'kubectl scale of the primary to 0 at 100 %, then abort',
  exempt: { I8: 'a primary that comes up takes the share for which it has pods' },
  run: async (bed) => {
    bed.plan.shift.everyMs = 30_000;
    bed.plan.scale.readyTimeoutMs = 15_000;
    await bed.deliver();
    await bed.untilWeight(100);
    await scale(bed, 0);
    await eventually(
      async () => !(await bed.app.replicas('reviews-v1')).status.readyReplicas || undefined,
      'no primary pod',
    );
    const asked = Date.now();
    await bed.act('abort');
    await bed.usersBack(asked, 60_000);
    const safeAfterS = seconds(asked, await bed.usersBack(asked));
    const { outcome } = await bed.result();
    assert.equal(outcome?.kind, 'aborted');
    return { outcome: 'primary scaled up and ready, then users back', safeAfterS };
  },
};

const F59: FaultRow = {
  id: 'F59',
  what: 'promotion: the new primary does not come up',
  how: 'a quota lets no new pod be made from 100 % on (an image that cannot be pulled would end at the canary)',
  run: async (bed) => {
    bed.plan.scale.readyTimeoutMs = 6_000;
    await bed.deliver();
    await bed.untilWeight(100);
    const broken = Date.now();
    await kubectl('-n', bed.namespace, 'create', 'quota', 'no-more-pods', '--hard=pods=1');
    const { needsYou } = await bed.untilHeld();
    const safeAfterS = seconds(broken);
    assert.match(needsYou?.reason ?? '', /quota/);
    assert.deepEqual(await bed.app.weights(), { primary: 0, canary: 100, mirror: 0 });
    await kubectl('-n', bed.namespace, 'delete', 'quota', 'no-more-pods');
    return abortHeld(bed, 'held with users on the canary, restored', safeAfterS);
  },
};

const F64: FaultRow = {
  id: 'F64',
  what: 'the namespace is deleted in mid-rollout',
  how: 'kubectl delete at 50 %',
  usersMayFail: 'everything they use is deleted',
  exempt: {
    I1: 'the pods are deleted',
    I3: 'there is nothing to go back to',
    I8: 'objects are deleted',
    I11: 'objects are deleted',
  },
  run: async (bed): Promise<Finding> => {
    await bed.deliver();
    await bed.untilWeight(50);
    await kubectl('delete', 'namespace', bed.namespace, '--wait=false');
    const deleted = Date.now();
    const view = await bed.until(
      ({ needsYou, state }) => needsYou !== undefined || state === 'ended',
      'it ends or asks',
    );
    return {
      outcome: view.needsYou ? `held: ${view.needsYou.reason.slice(0, 80)}` : `ended: ${view.outcome?.kind}`,
      safeAfterS: seconds(deleted),
    };
  },
};

interface Routed {
  spec?: { http?: { route?: { weight?: number }[] }[] };
}

const F42: FaultRow = {
  id: 'F42',
  what: 'an admission webhook changes what Sluice writes',
  how: 'after step 1, which would find it, a mutating webhook over HTTPS makes 70/30 of every 50/50',
  run: async (bed) => {
    const { namespace, plan } = bed;
    plan.mirror = { percent: 100, everyMs: 6_000, iterations: 1 };
    await bed.deliver();
    await bed.until(({ route }) => route.mirror === 100, 'the mirror');
    const remove = await installWebhook({
      namespace,
      apiGroup: 'networking.istio.io',
      resource: 'virtualservices',
      mutate: (object) => ((object as Routed).spec?.http?.[0]?.route?.[1]?.weight === 50 ? weights(70, 30) : []),
    });
    const { needsYou, steps } = await bed.untilHeld();
    assert.equal((await bed.app.weights()).canary, 30);
    assert.match(needsYou?.reason ?? '', /primary 70 %, canary 30 %, right after Sluice wrote primary 50 %/);
    assert.equal(steps.find(({ name }) => name === 'route-canary')?.state, 'running', 'it went on');
    const finding = await abortHeld(bed, `held: ${needsYou?.reason}`);
    await remove();
    return finding;
  },
};

const F62: FaultRow = {
  id: 'F62',
  what: 'the canary of an aborted rollout is scaled up again',
  how: 'kubectl scale to 2 after an abort, as an HPA would; then sluice reconcile --repair',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await bed.act('abort');
    await bed.result();
    await kubectl('-n', bed.namespace, 'scale', 'deployment/reviews-v2', '--replicas=2');
    const scaled = Date.now();
    const { found } = await bed.sluice.repair(bed.namespace);
    assert.match(JSON.stringify(found), /reviews-v2 runs with 2 replicas/);
    await eventually(
      async () => (await bed.app.replicas('reviews-v2')).spec.replicas === 0 || undefined,
      'the canary is at zero again',
    );
    const safeAfterS = seconds(scaled);
    await bed.result();
    return { outcome: 'found, and scaled back by a repair', safeAfterS };
  },
};

export const CLUSTER_ROWS: FaultRow[] = [F42, F62, F47, F48, F49, F50, F53, F54, F55, F56, F57, F58, F59, F64];
