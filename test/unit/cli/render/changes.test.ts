import { describe, expect, it } from 'vitest';
import { changeLines } from '../../../../src/cli/render/changes.ts';
import {
  NOW,
  needsYouView,
  PASSED,
  promotedView,
  runningView,
  stepsUpTo,
  twoQuestionsView,
} from '../../../support/views.ts';

describe('one line per change', () => {
  it('begins with where things stand', () => {
    expect(changeLines(undefined, runningView(), NOW)).toEqual([
      '2026-11-21T14:10:00Z running step=13 shift weight=40 seen=39.2',
    ]);
  });

  it('says nothing when nothing changed', () => {
    expect(changeLines(runningView(), runningView(), NOW)).toEqual([]);
  });

  it('takes the time of a new step from the workflow', () => {
    const before = runningView({
      steps: stepsUpTo('acceptance'),
      route: { primary: 100, canary: 0, mirror: 0 },
      observedWeight: undefined,
    });
    const after = { ...before, steps: stepsUpTo('load') };
    expect(changeLines(before, after, NOW)).toEqual(['2026-11-21T14:02:00Z running step=7 load weight=0']);
  });

  it('tells a new interval with its numbers and the failures', () => {
    const before = runningView();
    const failed = {
      stage: '40 %',
      verdict: 'fail' as const,
      sentence: 'duration 900 ms is over 500 ms',
      at: PASSED.to,
    };
    const after = runningView({
      intervals: [...before.intervals, failed],
      failures: { count: 2, threshold: 5 },
      lastInterval: { ...PASSED, checks: [{ ...PASSED.checks[1], value: 900 }] as typeof PASSED.checks },
    });
    expect(changeLines(before, after, NOW)).toEqual([
      '2026-11-21T14:09:20Z interval stage="40 %" verdict=fail duration=900 failures=2/5 says="duration 900 ms is over 500 ms"',
    ]);
  });

  it('finds new intervals when the window has moved', () => {
    const intervals = Array.from({ length: 60 }, (_, index) => ({
      stage: '20 %',
      verdict: 'pass' as const,
      sentence: 'ok',
      at: new Date(NOW.getTime() + index * 1000).toISOString(),
    }));
    const next = {
      stage: '20 %',
      verdict: 'pass' as const,
      sentence: 'ok',
      at: new Date(NOW.getTime() + 60_000).toISOString(),
    };
    const lines = changeLines(
      runningView({ intervals }),
      runningView({ intervals: [...intervals.slice(1), next] }),
      NOW,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('2026-11-21T14:11:00Z interval');
  });

  it('tells actions, holds and the end', () => {
    const held = changeLines(runningView(), needsYouView(), NOW).join('\n');
    expect(held).toContain(
      '2026-11-21T14:08:50Z action verb=pause by="mo · cli (unverified)" verified=unverified reason=looking',
    );
    expect(held).toContain('2026-11-21T14:09:00Z needs-you question=reviews-7/canary/canary/1 reason="no answer from');
    expect(held).toContain('retry="the interval at 40 % starts over" abort=');
    expect(changeLines(runningView(), promotedView(), NOW)).toEqual([
      '2026-11-21T14:06:40Z ended outcome=promoted step=19 revision=77c0a1b2c3 weight=0 reason="Every interval that counts passed."',
    ]);
  });

  it('tells each question once, with every answer', () => {
    const lines = changeLines(needsYouView(), twoQuestionsView(), NOW);
    expect(lines).toEqual([
      '2026-11-21T14:09:30Z needs-you question=reviews-7/refused/route/2 reason="VirtualService demo/reviews: a webhook says no." retry="tries it at once" leave-it="leaves it as it is and goes on with the rest" abort="leaves out the steps that are left of a gradual return" silence="it is tried again and again"',
    ]);
    expect(changeLines(twoQuestionsView(), needsYouView(), NOW)).toEqual([]);
  });

  it('keeps a hostile reason on its line', () => {
    const view = runningView({ warnings: ['x\n2026-11-21T00:00:00Z ended outcome=promoted'] });
    const lines = changeLines(runningView(), view, NOW);
    expect(lines).toEqual(['2026-11-21T14:10:00Z warning says="x 2026-11-21T00:00:00Z ended outcome=promoted"']);
  });
});
