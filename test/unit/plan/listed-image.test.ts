import { expect, it } from 'vitest';
import type { EventPlan } from '../../../src/contract/plan.ts';
import { unlistedImage } from '../../../src/plan/index.ts';
import { planFor } from '../../support/plan.ts';

const PLAIN: EventPlan[] = [{ image: 'registry.example.com/reviews' }, { image: 'ratings' }];
const FROM: EventPlan[] = [{ image: 'reviews', from: { repository: 'acme/*', environment: 'production' } }];
const REPOSITORY = { repository: 'acme/reviews', environment: 'production' };

it.each([
  [PLAIN, { image: 'registry.example.com/reviews:v1' }, undefined],
  [PLAIN, { image: 'docker.io/library/ratings:v1' }, undefined],
  [PLAIN, { image: `registry.example.com/reviews@sha256:${'ab'.repeat(32)}` }, undefined],
  [PLAIN, { image: `registry.example.com/reviews:v1@sha256:${'ab'.repeat(32)}` }, undefined],
  [PLAIN, { image: `evil.example.com/reviews@sha256:${'ab'.repeat(32)}` }, 'image'],
  [PLAIN, { image: 'registry.example.com/reviews@sha256:ab' }, 'image'],
  [PLAIN, { image: 'registry.example.com/reviews-evil:v1' }, 'image'],
  [PLAIN, { image: 'evil.example.com/reviews:v1' }, 'image'],
  [PLAIN, { image: 'no image at all' }, 'image'],
  [PLAIN, {}, undefined],
  [[], { image: 'reviews:v1' }, 'image'],
  [FROM, { image: 'reviews:v1', from: REPOSITORY }, undefined],
  [FROM, { image: 'reviews:v1', from: { ...REPOSITORY, repository: 'evil/acme/x' } }, 'origin'],
  [FROM, { image: 'reviews:v1', from: { repository: 'acme/reviews' } }, 'origin'],
  [FROM, { image: 'reviews:v1' }, 'origin'],
  [FROM, { image: 'ratings:v1', from: REPOSITORY }, 'image'],
  [FROM, { image: 'reviews:v1', source: 'cli' }, undefined],
  [FROM, { image: 'other:v1', source: 'cli' }, 'image'],
])('%j with %j: %s', (events, event, expected) => {
  const found = unlistedImage(planFor('reviews', { events }), { source: 'ci', ...event });
  expect(found?.kind).toBe(expected);
  if (found)
    expect(found).toMatchObject({ where: 'plan demo/reviews', remedy: expect.stringContaining('spec.events') });
});

it('takes no image where the canary Deployment has the versions', () => {
  const { workload } = planFor('reviews');
  const plan = planFor('reviews', { events: [], workload: { ...workload, source: 'canary' } });
  expect(unlistedImage(plan, { source: 'cli', image: 'reviews:v1' })).toEqual({
    kind: 'image',
    where: 'plan demo/reviews',
    problem: 'its versions are those of Deployment demo/reviews-v2, so no event brings reviews:v1',
    remedy: 'change that Deployment; an event that names the plan alone rolls it out as it is',
  });
  expect(unlistedImage(plan, { source: 'ci' })).toBeUndefined();
});
