import { describe, expect, it } from 'vitest';
import { renderRollout } from '../../../src/cli/render/index.ts';
import type { TerminalLook } from '../../../src/cli/render/look.ts';
import type { Workers } from '../../../src/cli/render/picture.ts';
import { widthOf } from '../../../src/cli/render/text.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { Live } from '../../../src/steering/heartbeats.ts';
import {
  failedView,
  NOW,
  needsYouView,
  PASSED,
  promotedView,
  runningView,
  stepsUpTo,
  twoQuestionsView,
} from '../../support/views.ts';

const PLAIN: TerminalLook = { width: 80, color: false, unicode: true };

function picture(
  view: RolloutView,
  look: Partial<TerminalLook> = {},
  live: Live = {},
  workers: Workers = 'polling',
): string {
  return renderRollout({ view, live, workers, now: NOW, watching: true }, { ...PLAIN, ...look }).join('\n');
}

describe('a rollout at 80 columns', () => {
  it('running, with every step', () => {
    expect(picture(runningView())).toMatchInlineSnapshot(`
      "▶ RUNNING  demo/reviews  v1 → v2  10m 00s  reviews-7
      Shifting: 40 % of the users are on the canary. Next: 60 %.
      started 14:00:00Z by mo · cli: release 42

        ✔  1 detect the new revision                20s  v1 to v2
        ✔  2 scale the canary from zero             20s
        –  3 set canary HPA bounds                       skipped: no HPA
        ✔  4 probe canary pods                      20s  2/2 ready
        ✔  5 run acceptance tests                   20s  3/3 passed
        ✔  6 abort if they fail                     20s
        ✔  7 run the load test                      20s  99.9 % of 1500 requests
        ✔  8 mirror live traffic to the canary      20s
        ✔  9 check success rate and duration        20s  5/5 passed
        ✔ 10 abort at the failure threshold         20s
        ✔ 11 stop mirroring                         20s
        ✔ 12 route live traffic to the canary       20s
        ▶ 13 grow the canary weight              6m 00s  20 ✔ 40 ▶ 60 · 80 · 100 ·
        · 14 upgrade the primary
        · 15 set primary HPA bounds
        · 16 probe primary pods
        · 17 switch live traffic back
        · 18 scale the canary to zero
        · 19 send the analysis result

        primary  60 % ███████████████████░░░░░░░░░░░░░  40 % canary
        asked 40 % on the canary, seen 39.2 %   pods: primary 2, canary 2
        mirror off; 5 of 5 intervals passed

        checks  interval that ended 14:09:20Z · 18240 requests, 2 canary pods ready
          success-rate      99.98 %     min 99 %      pass     n=18240
          duration          412 ms      max 500 ms    pass     n=18240
        intervals  1 of 5 failed  mirror ✔✖✔  20 % ?✔

      Pause: sluice pause demo/reviews
      Abort: sluice abort demo/reviews --reason TEXT
      Ctrl-C stops the watching, not the rollout."
    `);
  });

  it('running, folded to 23 rows', () => {
    const text = picture(runningView(), { height: 23 });
    expect(text.split('\n').length).toBeLessThanOrEqual(23);
    expect(text).toMatchInlineSnapshot(`
      "▶ RUNNING  demo/reviews  v1 → v2  10m 00s  reviews-7
      Shifting: 40 % of the users are on the canary. Next: 60 %.
      started 14:00:00Z by mo · cli: release 42

        ✔ 1–10  9 done, 1 skipped: detect · scale-canary · canary-autoscaler · probe-…
        ✔ 11 stop mirroring                         20s
        ✔ 12 route live traffic to the canary       20s
        ▶ 13 grow the canary weight              6m 00s  20 ✔ 40 ▶ 60 · 80 · 100 ·
        · 14 upgrade the primary
        · 15–19 5 to come: primary-autoscaler · probe-primary · switch-back · scale-d…

        primary  60 % ███████████████████░░░░░░░░░░░░░  40 % canary
        asked 40 % on the canary, seen 39.2 %   pods: primary 2, canary 2
        mirror off; 5 of 5 intervals passed

        checks  interval that ended 14:09:20Z · 18240 requests, 2 canary pods ready
          success-rate      99.98 %     min 99 %      pass     n=18240
          duration          412 ms      max 500 ms    pass     n=18240
        intervals  1 of 5 failed  mirror ✔✖✔  20 % ?✔

      Pause: sluice pause demo/reviews
      Abort: sluice abort demo/reviews --reason TEXT
      Ctrl-C stops the watching, not the rollout."
    `);
  });

  it('needs you, with what each answer does', () => {
    expect(picture(needsYouView(), { height: 30 })).toMatchInlineSnapshot(`
      "✋ NEEDS YOU  demo/reviews  v1 → v2  10m 00s  reviews-7
      Nothing moves: Prometheus gave no answer 10 times; all users are on the primary.
      started 14:00:00Z by mo · cli: release 42
      needs you for 1m 00s: no answer from http://prometheus:9090 in 10 intervals, so
      nobody knows how the canary does
        retry      the interval at 40 % starts over
        abort      the canary goes to zero; users are on the primary already
        no answer  it waits, for as long as it takes

        ✔ 1–10  9 done, 1 skipped: detect · scale-canary · canary-autoscaler · probe-…
        ✔ 11 stop mirroring                         20s
        ✔ 12 route live traffic to the canary       20s
        ⏸ 13 grow the canary weight              6m 00s  20 · 40 · 60 · 80 · 100 ·
        · 14 upgrade the primary
        · 15–19 5 to come: primary-autoscaler · probe-primary · switch-back · scale-d…

        primary 100 % ████████████████████████████████   0 % canary
        asked 0 % on the canary, seen no data   pods: primary 2, canary 2
        mirror off; 5 of 5 intervals passed

        checks  interval that ended 14:09:20Z · 18240 requests, 2 canary pods ready
          success-rate      no data     min 99 %      no data  n=0
          duration          900 ms      max 500 ms    FAIL     n=12
        intervals  1 of 5 failed  mirror ✔✖✔  20 % ?✔

        ⚠ callers without a sidecar may reach canary pods
        14:08:50Z pause by mo · cli (unverified): looking
      Retry: sluice retry demo/reviews
      Abort: sluice abort demo/reviews --reason TEXT
      Ctrl-C stops the watching, not the rollout."
    `);
  });

  it('several questions: each with its answers, and its name for the command', () => {
    const lines = picture(twoQuestionsView()).split('\n');
    expect([...lines.slice(3, 14), ...lines.slice(-4)].join('\n')).toMatchInlineSnapshot(`
      "needs you for 1m 00s (canary/canary/1): no answer from http://prometheus:9090 in
      10 intervals, so nobody knows how the canary does
        retry      the interval at 40 % starts over
        abort      the canary goes to zero; users are on the primary already
        no answer  it waits, for as long as it takes
      needs you for 30s (refused/route/2): VirtualService demo/reviews: a webhook says
      no. (acknowledged by ann · slack)
        retry      tries it at once
        leave-it   leaves it as it is and goes on with the rest
        abort      leaves out the steps that are left of a gradual return
        no answer  it is tried again and again
      Answer: sluice answer demo/reviews canary/canary/1 retry
      Answer: sluice answer demo/reviews refused/route/2 ANSWER
      Abort: sluice abort demo/reviews --reason TEXT
      Ctrl-C stops the watching, not the rollout."
    `);
    expect(picture(twoQuestionsView(), { height: 24 }).split('\n')[23]).toBe(
      'Ctrl-C stops the watching, not the rollout.',
    );
    const paused = { by: 'mo · cli', since: '2026-11-21T14:09:30.000Z' };
    const both = picture({ ...twoQuestionsView(), paused });
    expect(both).toContain('paused by mo · cli for 30s\nneeds you for 1m 00s');
    expect(both).toContain('Resume: sluice resume demo/reviews');
  });

  it('failed, in ASCII', () => {
    expect(picture(failedView(), { unicode: false, height: 26 })).toMatchInlineSnapshot(`
      "x FAILED  demo/reviews  v1 -> v2  6m 40s  reviews-7
      Users are on v1 again. 5 intervals failed: duration 900 ms is over 500 ms.
      started 14:00:00Z by mo . cli: release 42

        + 1-8   8 done: detect . scale-canary . canary-autoscaler . probe-canary . ac~
        +  9 check success rate and duration        20s  5/5 passed
        + 10 abort at the failure threshold         20s
        + 11 stop mirroring                         20s
        + 12 route live traffic to the canary       20s
        x 13 grow the canary weight                 20s  failed: duration 900 ms, max~
        - 14 upgrade the primary                         skipped
        - 15 set primary HPA bounds                      skipped
        - 16 probe primary pods                          skipped
        - 17 switch live traffic back                    skipped
        + 18-19 2 done: scale-down . report

        primary 100 % ################################   0 % canary
        pods: primary 2, canary 0
        mirror off; 5 of 5 intervals passed

        checks  interval that ended 14:09:20Z . 18240 requests, 2 canary pods ready
          success-rate      99.98 %     min 99 %      pass     n=18240
          duration          412 ms      max 500 ms    pass     n=18240
        intervals  5 of 5 failed  mirror +x+  20 % ?+

      What happened: sluice audit demo/reviews"
    `);
  });

  it('promoted', () => {
    expect(picture(promotedView(), { height: 16 })).toMatchInlineSnapshot(`
      "✔ PROMOTED  demo/reviews  v1 → v2  6m 40s  reviews-7
      The primary runs v2. Every interval that counts passed.
      started 14:00:00Z by mo · cli: release 42
        ✔ 1–15  15 done: detect · scale-canary · canary-autoscaler · probe-canary · a…
        ✔ 16 probe primary pods                     20s
        ✔ 17 switch live traffic back               20s
        ✔ 18 scale the canary to zero               20s
        ✔ 19 send the analysis result               20s
        primary 100 % ████████████████████████████████   0 % canary
        pods: primary 2, canary 0
        mirror off; 5 of 5 intervals passed
        checks  interval that ended 14:09:20Z · 18240 requests, 2 canary pods ready
          success-rate      99.98 %     min 99 %      pass     n=18240
          duration          412 ms      max 500 ms    pass     n=18240
        intervals  1 of 5 failed  mirror ✔✖✔  20 % ?✔
      What happened: sluice audit demo/reviews"
    `);
  });

  it('paused: the step does not look as if it went on, and says who', () => {
    const paused = { by: 'mo · cli', reason: 'latency', since: '2026-11-21T14:09:30.000Z' };
    const text = picture(runningView({ state: 'paused', paused, sentence: 'Paused by mo.' }), { height: 20 });
    expect(text).toContain('⏸ PAUSED');
    expect(text).toContain('paused by mo · cli for 30s: latency');
    expect(text).toContain('⏸ 13 grow the canary weight');
    expect(text).toContain('sluice resume demo/reviews');
  });

  it('mirroring: the mirror stands apart from the weights', () => {
    const text = picture(
      runningView({
        route: { primary: 100, canary: 0, mirror: 100 },
        mirror: { passed: 2, iterations: 10 },
        steps: stepsUpTo('check'),
      }),
    );
    expect(text).toContain('mirror 100 %: copies only, users feel nothing; 2 of 10 intervals passed');
    expect(text).toContain('primary 100 % ████████████████████████████████   0 % canary');
  });

  it('refused: each problem with its remedy', () => {
    const problems = [
      {
        where: 'VirtualService demo/reviews',
        problem: 'no rule routes to reviews-v1.',
        remedy: 'add a rule for subset v1',
      },
    ];
    const view = runningView({
      state: 'ended',
      outcome: { kind: 'refused', reason: 'Preflight.', step: 1 },
      problems,
      rollout: undefined,
    });
    expect(picture(view)).toContain('VirtualService demo/reviews: no rule routes to reviews-v1.');
    expect(picture(view)).toContain('add a rule for subset v1');
  });

  it('aborted and superseded have words of their own', () => {
    const ended = (kind: 'aborted' | 'superseded') =>
      picture(runningView({ state: 'ended', outcome: { kind, reason: 'because', step: 13 } })).split('\n')[0];
    expect(ended('aborted')).toContain('⊘ ABORTED');
    expect(ended('superseded')).toContain('⇥ SUPERSEDED');
  });

  it('no worker: says that nothing is lost and where traffic is', () => {
    const text = picture(runningView(), {}, {}, 'none');
    expect(text).toContain('No Sluice worker is polling. Traffic stays at 40 % on the canary. Nothing is');
    expect(picture(promotedView(), {}, {}, 'none')).not.toContain('No Sluice worker');
  });

  it('what a step waits for stands beside it, or in full below it, within the height', () => {
    const view = runningView({ steps: stepsUpTo('probe-canary') });
    expect(picture(view, {}, { waiting: '1/2 ready' })).toMatch(/▶ +4 probe canary pods .* 1\/2 ready/);
    const waiting = 'attempt 4: reviews-v2-7d9c cannot pull registry.example.com/bookinfo/reviews:v2: not found';
    const text = picture(view, { height: 24 }, { waiting });
    expect(text.replace(/\s+/g, ' ')).toContain(waiting);
    expect(text.split('\n').length).toBeLessThanOrEqual(24);
  });

  it('live numbers of the running interval win over those of the last', () => {
    const checks = [
      { ...PASSED.checks[0], value: 98.5, verdict: 'fail' as const, requests: 77 },
    ] as typeof PASSED.checks;
    const interval = {
      elapsedMs: 30_000,
      durationMs: 60_000,
      checks,
      requests: 77,
      observedWeight: 38.1,
      canaryReady: 1,
    };
    const text = picture(runningView(), {}, { interval });
    expect(text).toContain('30s of 1m 00s, so far · 77 requests, 1 canary pods ready');
    expect(text).toMatch(/success-rate +98\.5 % +min 99 % +FAIL +n=77/);
    expect(text).toContain('seen 38.1 %');
  });
});

describe('safety of what is shown', () => {
  it('is never wider than the terminal, whatever the names', () => {
    const wide = '界'.repeat(200);
    const view = runningView({
      sentence: `${wide} ${'x'.repeat(300)}`,
      plan: wide,
      warnings: [wide],
      startedBy: { source: wide, delivery: 'd' },
    });
    for (const width of [20, 40, 80, 133]) {
      for (const line of picture(view, { width }).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });

  it('lets nobody steer the terminal', () => {
    const hostile = 'mo\u001b[2J\u0007\r\n\u202etxt.exe';
    const text = picture(
      runningView({ sentence: hostile, startedBy: { source: hostile, by: hostile, delivery: 'd' } }),
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('mo [2J txt.exe');
  });

  it('says with words what colour says, and never colours "no data" green', () => {
    const green = '\u001b[32m';
    const lines = picture(needsYouView(), { color: true }).split('\n');
    const noData = lines.filter((line) => line.includes('no data'));
    expect(noData.length).toBeGreaterThan(1);
    for (const line of noData) expect(line).not.toContain(green);
    expect(lines.join('')).toContain(green);
    expect(picture(needsYouView())).not.toContain('\u001b');
  });
});
