import { describe, expect, it } from 'vitest';
import { offerLines } from '../../../../src/cli/render/offer.ts';
import type { OfferAnswer } from '../../../../src/contract/offer.ts';

const lines = (answer: Partial<OfferAnswer> & Pick<OfferAnswer, 'status'>) =>
  offerLines({ plan: 'reviews', namespace: 'demo', ...answer });

describe('offerLines', () => {
  it('names its own rollout, and another as what it waits for', () => {
    expect(lines({ status: 'started', rollout: 'reviews-8' })).toEqual(['reviews-8: started']);
    expect(lines({ status: 'queued', running: 'reviews-7', reason: 'it starts now' })).toEqual([
      'demo/reviews: waits behind reviews-7: it starts now',
    ]);
    expect(lines({ status: 'superseding', running: 'reviews-7' })).toEqual([
      'demo/reviews: takes the place of reviews-7',
    ]);
    expect(lines({ status: 'queued' })).toEqual(['demo/reviews: waits behind what runs']);
  });

  it('says what is wrong in lines of its own', () => {
    const problems = [{ where: 'plan.steps', problem: 'none', remedy: 'write one' }];
    const refused = { status: 'rejected', running: 'reviews-7', reason: 'plan.steps: none' } as const;
    expect(lines({ ...refused, problems })).toEqual(['demo/reviews: refused', '  plan.steps: none; write one']);
    expect(lines(refused)).toEqual(['demo/reviews: refused: plan.steps: none']);
  });
});
