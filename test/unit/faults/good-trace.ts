/** A rollout as it should be: mirror, 50 %, 100 %, promotion, back; tests break one thing of it at a time. */

import type { RolloutView } from '../../../src/contract/view.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { Trace, TracedActivity } from '../../faults/oracles/index.ts';
import type { Recorded } from '../../support/order.ts';

export function route(at: number, canary: number, seq: number, changes: { mirror?: boolean; timeout?: string } = {}) {
  const destination = (subset: string) => ({ host: 'reviews', subset });
  const rule = {
    route: [
      { destination: destination('v1'), weight: 100 - canary },
      { destination: destination('v2'), weight: canary },
    ],
    timeout: changes.timeout ?? '4s',
    ...(changes.mirror && { mirror: destination('v2'), mirrorPercentage: { value: 100 } }),
  };
  const annotations = { 'fence.sluice.dev/reviews': `1.${seq}`, team: 'shop' };
  const value = { kind: 'VirtualService', metadata: { name: 'reviews', annotations }, spec: { http: [rule] } };
  return { at, value: value as unknown as KubeObject };
}

export interface Pods {
  replicas: number;
  ready?: number;
  updated?: number;
  image?: string;
  generation?: number;
}

export function deployment(at: number, pods: Pods): Recorded<KubeObject> {
  const { replicas, ready = replicas, updated = ready, image = 'reviews:v1', generation = 1 } = pods;
  const value = {
    kind: 'Deployment',
    metadata: { name: 'reviews', generation },
    spec: { replicas, template: { spec: { containers: [{ image }] } } },
    status: { observedGeneration: generation, replicas, readyReplicas: ready, updatedReplicas: updated },
  };
  return { at, value: value as unknown as KubeObject };
}

const ROLLOUT = 'reviews-1';

export function wrote(at: number, canary: number, mirror = 0): TracedActivity {
  return { name: 'route', at, input: { rollout: ROLLOUT, intent: { canary, mirror } }, result: { kind: 'written' } };
}

export function interval(at: number, verdict: string, requests = 100): TracedActivity {
  const checks = [{ name: 'success-rate', verdict, requests }];
  return { name: 'checkInterval', at, input: { rollout: ROLLOUT }, result: { verdict, checks } };
}

export function mail(reason: string, id = '<end@example.com>') {
  const headers = { 'x-sluice-rollout': ROLLOUT, 'x-sluice-reason': reason, 'message-id': id };
  return { at: 99, headers, raw: '' };
}

const action = { id: 'a1', verb: 'pause', actor: { name: 'mo', channel: 'cli' } } as const;

function view(kind: string): RolloutView {
  const actions = [{ id: 'a1', verb: 'pause', by: 'mo · cli (unverified)' }];
  const outcome = { kind, reason: 'because', step: 18 };
  return { rollout: ROLLOUT, state: 'ended', outcome, actions, sentence: '' } as unknown as RolloutView;
}

export function goodTrace(): Trace {
  return {
    plan: 'reviews',
    destinations: { primary: 'v1', canary: 'v2' },
    primarySize: 2,
    routes: [
      route(0, 0, 1),
      route(10, 0, 2, { mirror: true }),
      route(20, 0, 3),
      route(30, 50, 4),
      route(40, 100, 5),
      route(60, 0, 6),
    ],
    primary: [
      deployment(0, { replicas: 2 }),
      deployment(45, { replicas: 2, updated: 0, image: 'reviews:v2', generation: 2 }),
      deployment(55, { replicas: 2, image: 'reviews:v2', generation: 2 }),
    ],
    canary: [deployment(5, { replicas: 2 }), deployment(70, { replicas: 0 })],
    endpoints: [
      { at: 0, value: { primary: 2, canary: 0 } },
      { at: 8, value: { primary: 2, canary: 2 } },
      { at: 71, value: { primary: 2, canary: 0 } },
    ],
    probes: [],
    runs: [
      {
        runId: 'r1',
        startedAt: 0,
        closedAt: 80,
        view: view('promoted'),
        activities: [
          wrote(10, 0, 100),
          interval(18, 'pass'),
          wrote(20, 0),
          wrote(30, 50),
          interval(38, 'pass'),
          wrote(40, 100),
          interval(44, 'pass'),
          { name: 'upgradePrimary', at: 45, input: { rollout: ROLLOUT }, result: { kind: 'written' } },
          wrote(60, 0),
        ],
      },
    ],
    actions: [{ action, answer: { accepted: true, message: 'Paused.' } }],
    mails: [mail('promoted')],
    recipients: ['team@example.com'],
  };
}

/** The same one, aborted at 50 %. */
export function abortedTrace(): Trace {
  const trace = goodTrace();
  trace.routes = [route(0, 0, 1), route(30, 50, 2), route(40, 0, 3)];
  trace.primary = trace.primary.slice(0, 1);
  trace.canary = [deployment(5, { replicas: 1 }), deployment(50, { replicas: 0 })];
  trace.endpoints = [
    { at: 0, value: { primary: 2, canary: 0 } },
    { at: 8, value: { primary: 2, canary: 1 } },
    { at: 51, value: { primary: 2, canary: 0 } },
  ];
  trace.mails = [mail('aborted')];
  const [run] = trace.runs;
  if (run) Object.assign(run, { view: view('aborted'), activities: [wrote(30, 50), wrote(40, 0)] });
  return trace;
}
