/** Stages with match over whole rollouts, on both APIs: testers first, nobody else before the first weight, everybody back at the end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeRecord, ProbeSummary } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { Shop } from '../../support/lab/shop.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

const TESTER = { 'x-tester': 'yes' };
const FIXTURES = {
  VirtualService: { create: () => Reviews.create('match-vs'), image: 'reviews:v2' },
  HTTPRoute: { create: () => Shop.create('match-http'), image: 'shop:v2' },
};

/** What happened in one whole rollout. */
interface Story {
  view: RolloutView;
  spec: { before: unknown; after: unknown };
  users: ProbeSummary;
  testers: ProbeSummary;
  /** Answers while those who match were on the canary and nobody else. */
  matched: { users: ProbeRecord[]; testers: ProbeRecord[] };
}

const apps: (Reviews | Shop)[] = [];
let sluice: ClusterSluice;

beforeAll(async () => {
  sluice = await ClusterSluice.start();
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.remove()));
  await sluice?.stop();
});

async function tell(kind: keyof typeof FIXTURES, changes: Partial<Plan> = {}, image?: string): Promise<Story> {
  const app = await FIXTURES[kind].create();
  apps.push(app);
  const plan = app.plan({
    match: [{ match: { header: TESTER }, everyMs: 3_000, iterations: 2 }],
    acceptance: [],
    load: undefined,
    mirror: undefined,
    shift: { weights: [50, 100], everyMs: 3_000 },
    ...changes,
  });
  const before = (await app.route()).spec;
  const probers = [app.users({ rate: 50 }), app.users({ rate: 20, headers: TESTER })] as const;
  const answer = await sluice.deliver(plan, image ?? FIXTURES[kind].image);
  expect(answer, JSON.stringify(answer)).toMatchObject({ status: 'started' });
  await sluice.until(plan, ({ route }) => route.match !== undefined, 'those who match', 60_000);
  const view = await sluice.result(plan);
  const after = (await app.route()).spec;
  const [users, testers] = (await Promise.all(probers.map((prober) => prober.stop()))) as [ProbeSummary, ProbeSummary];
  const matched = {
    users: during(view, probers[0].records()),
    testers: fromFirstMeeting(during(view, probers[1].records())),
  };
  return { view, spec: { before, after }, users, testers, matched };
}

/** Until the last interval of the stage was judged, before what follows was written. */
function during({ intervals }: RolloutView, records: ProbeRecord[]): ProbeRecord[] {
  const judged = Date.parse(intervals.findLast(({ stage }) => stage === 'match')?.at ?? '');
  return records.filter(({ sentAt, ms }) => sentAt + ms < judged);
}

/** Proxies follow a stored route at a moment of their own; behind it nobody may turn back. */
function fromFirstMeeting(records: ProbeRecord[]): ProbeRecord[] {
  return records.slice(records.findIndex(({ version }) => version === 'v2'));
}

describe.each(Object.keys(FIXTURES) as (keyof typeof FIXTURES)[])('testers first on a %s', (kind) => {
  test('good: they alone are on the canary, then a share of everybody; promoted, and nobody noticed', async () => {
    const { view, spec, users, testers, matched } = await tell(kind);
    expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'promoted' });
    expect([users.failed, testers.failed], JSON.stringify([users.byStatus, users.byError, testers.byError])).toEqual([
      0, 0,
    ]);
    expect(matched.testers.length).toBeGreaterThan(20);
    expect(new Set(matched.testers.map(({ version }) => version))).toEqual(new Set(['v2']));
    expect(matched.users.length).toBeGreaterThan(50);
    expect(new Set(matched.users.map(({ version }) => version))).toEqual(new Set(['v1']));
    expect(view.intervals.map(({ stage }) => stage).slice(0, 3)).toEqual(['match', 'match', '50 %']);
    expect(spec.after).toEqual(spec.before);
    console.info(
      `${kind}: ${matched.testers.length} of testers on v2, ${matched.users.length} of users on v1, 0 failed`,
    );
  }, 180_000);

  const further = { timeout: 180_000, tags: kind === 'VirtualService' ? [] : ['repeat'] };
  test('bad: only they have met it; aborted, and everybody is back', further, async () => {
    const image = FIXTURES[kind].image.replace('v2', 'v2-err5');
    const match = [{ match: { header: TESTER }, everyMs: 3_000, iterations: 10 }];
    const { view, spec, users, testers } = await tell(kind, { match }, image);
    expect(view.outcome, JSON.stringify(view.outcome)).toMatchObject({ kind: 'failed' });
    expect(view.intervals.every(({ stage }) => stage === 'match')).toBe(true);
    expect(users.failed).toBe(0);
    expect(users.byVersion).toEqual({ v1: expect.any(Number) });
    expect(testers.byVersion).toMatchObject({ 'v2-err5': expect.any(Number) });
    expect(spec.after).toEqual(spec.before);
    console.info(
      `${kind}: ${testers.failed} of ${testers.total} requests of testers failed, 0 of ${users.total} others`,
    );
  });
});
