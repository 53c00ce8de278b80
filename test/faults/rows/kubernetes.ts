/** G3: a Kubernetes API that refuses, loses, repeats, hangs and forgets. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalPart } from '../../../lab/index.ts';
import { apply, kubectl, lab, productRequests } from '../../support/lab/cluster.ts';
import type { Fault, FaultRule } from '../../support/lab/fault-proxy.ts';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { abortHeld, promoted, routed, seconds, WHOLE_WAY } from './support.ts';

const onRoute = (method: string, path: string) => method === 'PATCH' && path.includes('/virtualservices/');
const anyWrite = (method: string) => method === 'PATCH' || method === 'POST';
const anyRead = (method: string, path: string) => method === 'GET' && !path.includes('watch=1');
const anyWatch = (_method: string, path: string) => path.includes('watch=1');
const FOREVER = Number.POSITIVE_INFINITY;

/** The rollout goes its whole way through a fault that comes and goes. */
function survived(id: string, what: string, how: string, rules: FaultRule[]): FaultRow {
  return {
    id,
    what,
    how,
    run: async (bed) => {
      // rows share what they are made of, but not how often it has happened
      const added = rules.map((rule) => bed.breakKube({ ...rule }));
      await bed.deliver();
      const started = Date.now();
      await promoted(bed);
      assert.deepEqual(routed(bed), WHOLE_WAY);
      for (const [index, { times = 0 }] of added.entries())
        assert.ok(times < (rules[index]?.times ?? 1) || times === FOREVER, `fault ${index} never happened`);
      return { outcome: 'promoted', safeAfterS: seconds(started) };
    },
  };
}

/** From 50 % on every write meets the fault: it holds with users where they were, and goes on when the fault is over. */
function held(id: string, what: string, how: string, fault: Fault, says: RegExp): FaultRow {
  return {
    id,
    what,
    how,
    run: async (bed) => {
      await bed.deliver();
      await bed.untilWeight(50);
      const broken = Date.now();
      const rule = bed.breakKube({ match: onRoute, fault, times: FOREVER });
      const { needsYou } = await bed.untilHeld(140_000);
      const safeAfterS = seconds(broken);
      assert.match(needsYou?.reason ?? '', says);
      const tries = (await productRequests(bed.namespace)).length;
      await sleep(2_000);
      const more = (await productRequests(bed.namespace)).length - tries;
      assert.ok(more < 20, `${more} requests in two seconds of waiting`);
      rule.times = 0;
      await bed.sluice.answer(bed.plan);
      await promoted(bed);
      return { outcome: 'held at 50 %; resumed; promoted', safeAfterS };
    },
    limitS: 240,
  };
}

const answer = (status: number, retryAfterS?: number): Fault => ({ kind: 'answer', status, retryAfterS });

const F28 = survived('F28', '409 on the route', 'the proxy answers two writes of the route with 409', [
  { match: onRoute, fault: answer(409), times: 2 },
]);

const F29 = held('F29', 'endless 409', 'every write of the route from 50 % on', answer(409), /conflict/);

const F30: FaultRow = {
  id: 'F30',
  what: '429 with Retry-After',
  how: 'the write of 100 % is answered with 429 and Retry-After 8 (30 in the table)',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const rule = bed.breakKube({ match: onRoute, fault: answer(429, 8) });
    while (rule.times !== 0) await sleep(50);
    const told = Date.now();
    await bed.untilWeight(100);
    const waited = seconds(told);
    assert.ok(waited >= 7.5, `it waited ${waited} s`);
    await promoted(bed);
    return { outcome: 'waited as told; promoted', safeAfterS: waited };
  },
};

const F31 = survived('F31', '500, 503 and 504 on writes', 'the proxy answers writes of all objects, seven in all', [
  { match: anyWrite, fault: answer(500), times: 3 },
  { match: onRoute, fault: answer(503), times: 2 },
  { match: onRoute, fault: answer(504), times: 2 },
]);

const F32 = survived('F32', 'write applied, answer lost', 'the proxy forwards the first five writes and cuts', [
  { match: onRoute, fault: { kind: 'cut' }, times: 2 },
  { match: anyWrite, fault: { kind: 'cut' }, times: 3 },
]);

const F32b = survived('F32b', 'write applied twice', 'the proxy forwards the first six writes two times', [
  { match: anyWrite, fault: { kind: 'twice' }, times: 6 },
]);

const F33 = survived('F33', 'request cut before the server', 'the proxy cuts six requests without forwarding', [
  { match: anyWrite, fault: { kind: 'drop' }, times: 3 },
  { match: anyRead, fault: { kind: 'drop' }, times: 3 },
]);

const F34 = survived(
  'F34',
  'connection hangs',
  'two writes and a read are forwarded only after 20 s (five minutes in the table)',
  [
    { match: onRoute, fault: { kind: 'delay', ms: 20_000 }, times: 2 },
    { match: anyRead, fault: { kind: 'delay', ms: 20_000 } },
  ],
);

const F36 = survived('F36', 'truncated answers', 'eight answers end in the middle of their JSON', [
  { match: anyWrite, fault: { kind: 'truncate' }, times: 4 },
  { match: anyRead, fault: { kind: 'truncate' }, times: 4 },
]);

const F37 = survived('F37', 'stale reads', 'six reads of the route are answered with its first version', [
  {
    match: (method, path) => anyRead(method, path) && path.includes('/virtualservices/'),
    fault: { kind: 'stale' },
    times: 6,
  },
]);

const F38 = survived('F38', 'watches end, 410 Gone', 'ten watches end after half a second, every other one as gone', [
  { match: anyWatch, fault: { kind: 'endWatch', afterMs: 500 }, times: 5 },
  { match: anyWatch, fault: { kind: 'endWatch', afterMs: 500, gone: true }, times: 5 },
]);

const F39 = held(
  'F39',
  '403 in mid-rollout',
  'every write of the route from 50 % on',
  answer(403),
  /patch .*forbidden/,
);
const F40 = survived('F40', '401: token expired', 'five requests are answered with 401', [
  { match: (method, path) => !anyWatch(method, path), fault: answer(401), times: 5 },
]);

const POLICY = (namespace: string) => [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: namespace },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['networking.istio.io'],
            apiVersions: ['*'],
            operations: ['UPDATE'],
            resources: ['virtualservices'],
          },
        ],
      },
      validations: [{ expression: 'false', message: 'no changes on Fridays' }],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: namespace },
    spec: {
      policyName: namespace,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
    },
  },
];

const F41: FaultRow = {
  id: 'F41',
  what: 'admission denies the write',
  how: 'a ValidatingAdmissionPolicy of the namespace forbids changes of the route from 50 % on',
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    const denied = Date.now();
    await apply(POLICY(bed.namespace));
    try {
      const { needsYou } = await bed.untilHeld();
      assert.match(needsYou?.reason ?? '', /no changes on Fridays/);
      const safeAfterS = seconds(denied);
      await removePolicy(bed);
      return await abortHeld(bed, 'held at 50 %, with the reason', safeAfterS);
    } finally {
      await removePolicy(bed);
    }
  },
};

function removePolicy({ namespace }: Bed): Promise<string> {
  const kinds = 'validatingadmissionpolicybinding,validatingadmissionpolicy';
  return kubectl('delete', kinds, namespace, '--ignore-not-found');
}

const F44: FaultRow = {
  id: 'F44',
  what: 'etcd frozen for 30 s',
  how: 'SIGSTOP at 50 %, SIGCONT 30 s later',
  alone: true,
  run: async (bed) => {
    await bed.deliver();
    await bed.untilWeight(50);
    await signalPart(lab, 'etcd', 'SIGSTOP');
    await sleep(30_000).finally(() => signalPart(lab, 'etcd', 'SIGCONT'));
    const thawed = Date.now();
    await bed.untilWeight(100);
    const safeAfterS = seconds(thawed);
    await promoted(bed);
    return { outcome: 'promoted', safeAfterS };
  },
  limitS: 200,
};

export const KUBERNETES_ROWS: FaultRow[] = [
  ...[F28, F29, F30, F31, F32, F32b, F33, F34, F36, F37, F38, F39, F40, F41, F44],
];
