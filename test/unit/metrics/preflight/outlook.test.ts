import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../../src/contract/plan.ts';
import { type MeasuredTraffic, outlook } from '../../../../src/metrics/preflight/outlook.ts';
import { planFor } from '../../../support/routes.ts';

const compare: Plan['analysis']['compare'] = {
  options: {},
  tickMs: 15_000,
  deadlineMs: 30 * 60_000,
  onInconclusive: 'hold',
  minRequests: 1000,
};

/** Of a plan with one weight and intervals of a minute. */
function seen(traffic: Partial<MeasuredTraffic>, change: (plan: Plan) => void = () => {}) {
  const plan = planFor((one) => {
    one.shift = { weights: [20], everyMs: 60_000 };
    change(one);
  });
  return outlook(plan, { perSecond: 50, failed: 0.001, gapMs: 15_000, coveredMs: 1_800_000, ...traffic });
}

const comparing = (plan: Plan) => {
  plan.analysis.compare = compare;
};

describe('can it be judged', () => {
  it('is fine with enough requests and scrapes', () => {
    expect(seen({})).toEqual({
      problems: [],
      warnings: [],
      facts: ['20 %: at 50 requests a second the canary gets about 600 in an interval of 1m'],
    });
  });

  it('refuses intervals shorter than a scrape, and warns of those shorter than two, with the number that would do', () => {
    expect(seen({ gapMs: 90_000 }).problems).toEqual([
      {
        where: 'spec.shift.every',
        problem: '20 %: intervals of 60 s cannot be measured with a scrape every 90 s: at least 180 s wanted',
        remedy: 'write at least 3m, or scrape more often',
      },
    ]);
    expect(seen({ gapMs: 60_000 })).toMatchObject({
      problems: [],
      warnings: [
        '20 %: an interval of 1m is shorter than two scrapes, so that some may have no answer; write at least 2m, or scrape more often',
      ],
    });
    expect(seen({ gapMs: 30_000 })).toMatchObject({ problems: [], warnings: [] });
  });

  it('refuses a plan whose intervals stay empty, with the number that would do', () => {
    expect(seen({ perSecond: 0.005 })).toMatchObject({
      problems: [
        {
          where: 'spec.shift.every',
          problem:
            '20 %: at 0.005 requests a second the canary gets about 0.06 in an interval of 1m, so 10 intervals without an answer hold it',
          remedy: 'write at least 16m40s; 5h33m20s would do',
        },
      ],
    });
  });

  it('only warns where little time was measured', () => {
    expect(seen({ perSecond: 0.005, coveredMs: 60_000 })).toMatchObject({
      problems: [],
      warnings: [expect.any(String)],
    });
  });

  it('warns where one failure decides an interval, and where there are no requests', () => {
    expect(seen({ perSecond: 0.5 }).warnings).toEqual([
      '20 %: at 0.5 requests a second the canary gets about 6 in an interval of 1m, so that a single failure decides it; 3m20s would bring 20',
    ]);
    expect(seen({ perSecond: 0 }).warnings).toEqual([expect.stringContaining('no requests in the last half hour')]);
  });

  it('says of a comparison when health is proven and harm is found', () => {
    expect(seen({}, comparing).facts.slice(1)).toEqual([
      '20 %: health is proven after about 3.5 min, failures that rise from 0.1 % to 1.1 % are found after about 3 min',
    ]);
  });

  it('refuses a comparison that its deadline cuts off, with the weight and the deadline that would do', () => {
    const { problems } = seen({ perSecond: 2 }, (plan) => {
      comparing(plan);
      plan.shift.weights = [2];
    });
    expect(problems.map(({ problem }) => problem)).toEqual([
      '2 %: at 2 requests a second, 0.1 % of them failed, health is proven after about 587 min, but the deadline is 30m',
    ]);
    expect(problems[0]?.remedy).toMatch(/^a weight of \d+ %, or a deadline of \d+m, or more requests would do$/);
  });

  it('only warns when the plan goes on without a proof', () => {
    const found = seen({ perSecond: 2 }, (plan) => {
      plan.analysis.compare = { ...compare, onInconclusive: 'advance' };
      plan.shift.weights = [2];
    });
    expect([found.problems, found.warnings.length]).toEqual([[], 2]);
  });

  it('leaves out what is not compared', () => {
    const facts = seen({}, (plan) => {
      comparing(plan);
      plan.mirror = { percent: 100, everyMs: 60_000, iterations: 3 };
      plan.shift.weights = [20, 100];
    }).facts;
    expect(facts.slice(1).map((one) => one.split(':')[0])).toEqual(['mirror', '20 %']);
  });
});
