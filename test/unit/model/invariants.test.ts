/** Negative controls: each invariant of the model goes red when its rule is broken. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { WriteObject } from '../../../src/contract/fence.ts';
import { mirrored, type RouteIntent, weighted } from '../../../src/contract/intent.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { initialState } from '../../../src/workflows/rollout/state.ts';
import { Cluster } from '../../model/cluster.ts';
import { Invariants, type ModelFacts } from '../../model/invariants.ts';
import { offerFor, planFor } from '../../support/plan.ts';

const WEIGHTS = [20, 40, 100];

let cluster: Cluster;
let facts: { -readonly [Key in keyof ModelFacts]: ModelFacts[Key] };
let seq: number;
let invariants: Invariants;

beforeEach(() => {
  cluster = new Cluster();
  seq = 0;
  const revisions = new Map([[1, 'reviews:v2']]);
  const previous = new Map([[1, 'reviews:v1']]);
  const uids = new Map([[1, cluster.uids]]);
  const sizes = new Map([[1, 3]]);
  const none = { intervals: [], notices: [], taken: [], adopted: [] };
  facts = { ...none, jumped: new Set(), left: new Set(), revisions, previous, sizes, uids };
  invariants = new Invariants(cluster, facts, WEIGHTS, 240_000);
  cluster.listener = (event) => invariants.look(event);
});

function write(object: WriteObject, what: string, apply: () => void, epoch = 1): void {
  seq += 1;
  cluster.write(0, object, { epoch, seq }, what, apply);
}

function route(intent: RouteIntent): void {
  write('route', 'a route', () => {
    cluster.route = intent;
  });
}

function canaryPods(count: number): void {
  cluster.canary.replicas = count;
  for (let tick = 0; tick < count; tick += 1) cluster.canary.tick(new Set());
}

function passed(...stages: string[]): void {
  facts.intervals = stages.map((stage) => ({ at: 0, epoch: 1, stage, verdict: 'pass', mixed: false }));
}

function red(end?: Partial<RolloutView>): string[] {
  invariants.served(0);
  if (end) invariants.ended(view(end));
  invariants.whole(end ? [view(end)] : []);
  return [...new Set(invariants.violations.map(({ invariant }) => invariant))];
}

function view(end: Partial<RolloutView>): RolloutView {
  const plan = planFor('shop');
  const { view: fresh } = initialState(offerFor(plan), 'model', '2026-11-23T12:00:00Z');
  return { ...fresh, rollout: 'shop-1', state: 'ended', outcome: { kind: 'aborted', reason: 'so', step: 1 }, ...end };
}

const TOLD: ModelFacts['notices'] = [{ topic: 'ended', rollout: 'shop-1', outcome: 'aborted' }];

test('all is well in an ordinary shift', () => {
  canaryPods(3);
  route(weighted(20));
  passed('20 %');
  route(weighted(40));
  facts.notices = TOLD;
  expect(red()).toEqual([]);
});

describe('goes red:', () => {
  test('I1, traffic for a canary without pods', () => {
    route(mirrored(100));
    expect(red()).toEqual(['I1']);
  });

  test('I1, users without an answer although the other side has pods', () => {
    canaryPods(1);
    route(weighted(20));
    cluster.canary.kill(1);
    for (const now of [0, 100_000, 300_000]) invariants.served(now);
    expect(invariants.violations.map(({ invariant }) => invariant)).toContain('I1');
  });

  test('I1, users who stay on a dead side for long while somebody is asked, though a write would be taken', () => {
    canaryPods(1);
    route(weighted(20));
    expect(invariants.stranded()).toBeUndefined();
    cluster.canary.kill(1);
    expect(invariants.stranded()).toBe('a dead canary');
    cluster.refused.set('route', 403);
    expect(invariants.stranded()).toBeUndefined();
    invariants.strandedFor(30_000, 35_000, 0);
    invariants.strandedFor(undefined, 35_000, 0);
    invariants.strandedFor(30_000, 35_000, 0);
    expect(red()).toEqual([]);
    invariants.strandedFor(6_000, 35_000, 0);
    expect(red()).toEqual(['I1']);
  });

  test('I2, weights that do not sum to 100', () => {
    canaryPods(1);
    route({ primary: 90, canary: 20, mirror: 0 });
    expect(red()).toContain('I2');
  });

  test('I3, a canary that goes to zero under users', () => {
    canaryPods(1);
    route(weighted(20));
    write('canary', 'scale to zero', () => {
      cluster.canary.replicas = 0;
    });
    expect(red()).toContain('I3');
  });

  test('I3, an end with users on the canary', () => {
    canaryPods(1);
    route(weighted(20));
    facts.notices = TOLD;
    expect(red({})).toEqual(['I3']);
  });

  test('I4, users return to a primary that is not whole', () => {
    canaryPods(3);
    passed('20 %', '40 %', '100 %');
    route(weighted(100));
    write('primary', 'upgrade to reviews:v2', () => {
      cluster.primary.image = 'reviews:v2';
    });
    route(weighted(0));
    expect(red()).toEqual(['I4']);
  });

  test('I4, an upgrade under users', () => {
    write('primary', 'upgrade to reviews:v2', () => {
      cluster.primary.image = 'reviews:v2';
    });
    expect(red()).toContain('I4');
  });

  test('I5, a rollout that writes after a newer one', () => {
    facts.taken = [
      { epoch: 2, seq: 1, what: 'route' },
      { epoch: 1, seq: 5, what: 'route' },
    ];
    expect(red()).toEqual(['I5']);
  });

  test('I6, an end that nobody is told, and one that is told otherwise', () => {
    expect(red({})).toEqual(['I6']);
    facts.notices = [{ topic: 'ended', rollout: 'shop-1', outcome: 'promoted' }];
    expect(red({})).toEqual(['I6']);
  });

  test('I7, an action that was accepted and never answered', () => {
    invariants.whole([], ['update-1']);
    expect(red()).toEqual(['I7']);
  });

  test('I7, an action that is on record twice', () => {
    const record = { id: 'a', verb: 'pause', by: 'mo', at: '', verified: 'verified' } as const;
    facts.notices = TOLD;
    expect(red({ actions: [record, record] })).toEqual(['I7']);
  });

  test('I8, a number that is taken twice, and a stored one that goes back', () => {
    facts.taken = [
      { epoch: 1, seq: 2, what: 'route' },
      { epoch: 1, seq: 2, what: 'route' },
    ];
    expect(red()).toEqual(['I8']);
    facts.taken = [];
    cluster.fenced = false;
    write('canary', 'scale to 1', () => undefined, 2);
    write('canary', 'scale to 1', () => undefined, 1);
    expect(red()).toEqual(['I8']);
  });

  test('I9, a weight whose interval did not pass', () => {
    canaryPods(3);
    route(weighted(20));
    route(weighted(40));
    expect(red()).toEqual(['I9']);
  });

  test('I9, an interval in slices of two kinds of traffic', () => {
    invariants.judged({ at: 0, epoch: 1, stage: '20 %', verdict: 'pass', mixed: true });
    expect(red()).toEqual(['I9']);
  });

  test('I16, a primary that was made anew and that nobody has taken', () => {
    const upgrade = () => write('primary', 'upgrade to reviews:v2', () => undefined);
    cluster.route = weighted(100);
    canaryPods(3);
    upgrade();
    expect(red()).toEqual([]);
    cluster.delete('primary');
    cluster.meddle(5, 'primary', 'created again', () => cluster.create('primary'));
    facts.adopted = [5];
    upgrade();
    expect(red()).toEqual([]);
    facts.adopted = [4];
    upgrade();
    expect(red()).toEqual(['I16']);
  });

  test('I14, an end that is none', () => {
    facts.notices = TOLD;
    expect(red({ state: 'running' })).toEqual(['I14']);
  });
});
