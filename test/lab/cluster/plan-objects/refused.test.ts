/** Which plans the API server refuses, each with its sentence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed, EXAMPLE } from '../../../support/plan-text.ts';
import { type Bench, closeBench } from '../support.ts';
import { BY_PODS, openPlans, plain, refusal, WEIGHTS } from './support.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openPlans();
});
afterAll(() => closeBench(bench));

const REFUSED: [name: string, text: string, sentence: string][] = [
  ['weights that do not grow', changed([WEIGHTS, 'weights: [20, 60, 40, 100]']), 'the weights do not grow'],
  ['a last weight below 100', changed([WEIGHTS, 'weights: [20, 40]']), 'the last weight is not 100'],
  [
    'weights said twice',
    changed([WEIGHTS, `${WEIGHTS}, stages: [{ weight: 100 }]`]),
    'weights or every beside stages would say the same twice',
  ],
  [
    'stages that do not grow',
    changed([`${WEIGHTS}, every: 1m`, 'stages: [{ weight: 20 }, { weight: 20 }, { weight: 100 }]']),
    'the weights do not grow',
  ],
  [
    'a way back that grows',
    changed([WEIGHTS, `${WEIGHTS}, back: { weights: [20, 60] }`]),
    'write whole percents from 99 to 1 that shrink',
  ],
  ['no number where one is needed', changed(['replicas: 1', 'replicas: one']), 'must be of type integer'],
  [
    'more percent than there are',
    changed(['mirror: { percent: 100', 'mirror: { percent: 101']),
    'should be less than or equal to 100',
  ],
  ['no analysis', EXAMPLE.replace(/ {2}analysis:[\s\S]*(?= {2}onNewRevision)/, ''), 'spec.analysis: Required value'],
  ['a name with a dot', changed(['name: reviews, namespace', 'name: reviews.v1, namespace']), 'write a DNS label'],
  [
    'the primary as canary',
    changed(['canary: reviews-v2', 'canary: reviews-v1']),
    'spec.workload.canary: Invalid value: name another Deployment than the primary',
  ],
  [
    'a Deployment with capitals',
    changed(['primary: reviews-v1', 'primary: Reviews']),
    'spec.workload.primary in body should match',
  ],
  [
    'images of events beside those of the canary',
    changed(['containers: [reviews]', 'source: canary']),
    'spec.events: Invalid value: with source: canary no event brings an image',
  ],
  [
    'a queue behind a canary',
    changed(['containers: [reviews]', 'source: canary'], ['onNewRevision: supersede', 'onNewRevision: queue']),
    'spec.onNewRevision: Invalid value: with source: canary a running rollout can only give way',
  ],
  [
    'a running canary that is others',
    changed(['containers: [reviews]', 'source: canary\n    adoptRunning: true']),
    'spec.workload.adoptRunning: Invalid value: with source: canary a canary begins at zero',
  ],
  ['labels without a label', changed(['{ version: v2 }', '{}']), 'write at least one label'],
  [
    'an image twice',
    changed(['bookinfo/reviews\n', 'bookinfo/reviews\n    - image: registry.example.com/bookinfo/reviews\n']),
    'Duplicate value: {"image":"registry.example.com/bookinfo/reviews"}',
  ],
  [
    'an origin that says nothing',
    changed(['bookinfo/reviews\n', 'bookinfo/reviews\n      from: {}\n']),
    'write a repository, an environment or both',
  ],
  [
    'a kind of route that nobody knows',
    changed(['kind: VirtualService', 'kind: Ingress']),
    'supported values: "VirtualService", "HTTPRoute", "GRPCRoute"',
  ],
  [
    'a route twice',
    changed(['name: reviews }', 'name: reviews }\n      - { kind: VirtualService, name: reviews }']),
    'a route is in the list twice',
  ],
  [
    'routes of two families',
    changed(['name: reviews }', 'name: reviews }\n      - { kind: HTTPRoute, name: reviews }']),
    'keep them in plans of their own',
  ],
  [
    'a destination of the other family',
    changed(['{ host: reviews, subset: v2 }', '{ service: reviews, port: 80 }']),
    'spec.traffic.canary: Invalid value: for VirtualService write { host: reviews, subset: v1 }',
  ],
  [
    'one destination for both',
    changed(['subset: v2', 'subset: v1']),
    'spec.traffic.canary: Invalid value: this is the destination of the primary',
  ],
  [
    'weights of a Service that is switched',
    plain(['weights: [100]', 'weights: [20, 100]']),
    'users are switched from one side to the other',
  ],
  ['a mirror of a Service', plain(['  shift:', '  mirror: { percent: 100 }\n  shift:']), 'or leave mirror out'],
  ['an autoscaler of a share', plain(BY_PODS), "the canary's pods are its share of the users"],
  ['a mode of a route that splits by percent', changed(BY_PODS), 'only routes that split users by pods have one'],
  [
    'a destination of a Service',
    plain(['    terminationDrain', '    primary: { service: a }\n    terminationDrain']),
    'leave it out',
  ],
  [
    'a duration without a unit',
    changed(['terminationDrain: 30s', 'terminationDrain: "30"']),
    'write a duration with units from 0s to 1h',
  ],
  [
    'a duration that is too long',
    changed(['terminationDrain: 30s', 'terminationDrain: 2h']),
    'write a duration with units from 0s to 1h',
  ],
  ['bounds the wrong way round', changed(['{ min: 2, max: 10 }', '{ min: 20, max: 10 }']), 'min is more than max'],
  [
    'more replicas than the autoscaler has',
    changed(['replicas: 1', 'replicas: 11']),
    "spec.scale.canary.replicas: Invalid value: more than the autoscaler's max",
  ],
  [
    'a test without a way',
    changed(['http: { path: /health, expect: { status: 200 } }', 'timeout: 1s']),
    'write either http',
  ],
  ['a load test without an end', changed(['duration: 30s, ', '']), 'write requestsPerSecond and duration, or during'],
  [
    'numbers from two places',
    changed(['prometheus: http', 'source: default\n    prometheus: http']),
    'the numbers come from the metric source already',
  ],
  ['a check twice', changed(['name: duration,', 'name: success-rate,']), 'Duplicate value: {"name":"success-rate"}'],
  [
    'a check that nobody knows',
    changed(['builtin: requestDuration', 'builtin: requestLuck']),
    'supported values: "requestSuccessRate", "requestDuration", "podHealth"',
  ],
  [
    'a field of another check',
    changed(['min: 99', 'min: 99, quantile: 0.5']),
    'with builtin: requestSuccessRate leave out query',
  ],
  [
    'a check that lacks its limit',
    changed(['requestSuccessRate, min: 99', 'requestSuccessRate']),
    'with builtin: requestSuccessRate write min',
  ],
  [
    'a comparison without requests',
    changed(
      [
        '{ name: success-rate, builtin: requestSuccessRate, min: 99 }',
        '{ name: pods, builtin: podHealth }\n    compare: {}',
      ],
      ['      - { name: duration, builtin: requestDuration, quantile: 0.99, max: 500ms }\n', ''],
    ),
    'podHealth sees no requests',
  ],
  [
    'pods that nobody compares',
    changed(['failureThreshold', 'pods: {}\n    failureThreshold']),
    'spec.analysis.pods: Invalid value: what the pods count is only compared',
  ],
  [
    'an approval before no weight',
    changed(['onNew', 'approvals: [{ before: 30 }]\n  onNew']),
    'spec.approvals: Invalid value: before names no weight of the plan',
  ],
  [
    'an approval before what is not there',
    changed(
      ['onNew', 'approvals: [{ before: mirror }]\n  onNew'],
      ['mirror: {', 'load: {'],
      ['  load: { requestsPerSecond: 50, duration: 30s, path: /, expect: { successRate: 99 } }\n', ''],
      ['load: { percent: 100, every: 1m, iterations: 10 }', 'pause: { limit: 1h, onLimit: abort }'],
    ),
    'the plan has no mirror',
  ],
  [
    'two approvals before the same',
    changed(['onNew', 'approvals: [{ before: 20 }, { before: 20 }]\n  onNew']),
    'Duplicate value: {"before":20}',
  ],
  [
    'an approval before nothing that is known',
    changed(['onNew', 'approvals: [{ before: lunch }]\n  onNew']),
    'write mirror, match, traffic, promotion, or a whole number from 1 to 100',
  ],
  [
    'an expiry that never comes',
    changed(['onNew', 'approvals: [{ before: 20, onExpiry: abort }]\n  onNew']),
    'the approval does not expire',
  ],
  [
    'more approvals than people',
    changed(['onNew', 'approvals: [{ before: 20, from: [mo], count: 2 }]\n  onNew']),
    'spec.approvals[0].count: Invalid value: more approvals than people',
  ],
  [
    'a freeze that ends before it begins',
    changed(['onNew', 'freezes: [{ from: 2026-12-20, to: 2026-12-19, zone: UTC }]\n  onNew']),
    'spec.freezes[0].to: Invalid value: write the first day or a later one',
  ],
  [
    'a queue in which nothing waits',
    changed(['onNew', 'queue: all\n  onNew']),
    'write onNewRevision: queue, or remove queue',
  ],
  [
    'news for nobody',
    changed(['email: { to: [team@example.com] }', '{}']),
    'write email, slack, webhook or several of them',
  ],
  ['an address that is none', changed(['team@example.com', 'team']), 'spec.notify[0].email.to[0] in body'],
  [
    'a cookie that browsers drop',
    changed(['onNew', 'affinity: { cookie: c, sameSite: None }\n  onNew']),
    'write secure: true',
  ],
];

describe('the kind RolloutPlan', () => {
  it.each(REFUSED)('%s is refused', async (_, text, sentence) => {
    expect(await refusal(bench, text)).toContain(sentence);
  });
});
