import { describe, expect, it } from 'vitest';
import { noticesMessage } from '../../../src/notify/message.ts';
import { messageOf, noticeOf, notifyInput, unwrapped } from '../../support/notices.ts';
import { failedView, needsYouView, promotedView, runningView, twoQuestionsView } from '../../support/views.ts';

/** The text of an HTML mail as people read it. */
function readable(html: string): string {
  const text = html.replace(/<head>.*?<\/head>/s, '').replace(/<[^>]+>/g, ' ');
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => entities[entity] ?? entity).replace(/\s+/g, ' ');
}

describe('a message', () => {
  it('carries the head of the audit, alone and in a digest', () => {
    const view = promotedView();
    const notice = { ...noticeOf(view, 'ended'), head: 'a1b2c3' };
    expect(noticesMessage(notifyInput(view, [notice]), 'example.com').text).toMatch(/^Audit: +a1b2c3$/m);
    const digest = noticesMessage(notifyInput(view, [notice, { ...notice, id: 'ended/2' }]), 'example.com');
    expect(unwrapped(digest.text)).toContain('; audit a1b2c3');
    expect(messageOf(view, 'ended').text).not.toContain('Audit:');
  });

  it('begins with the verdict and carries every fact as text', () => {
    expect(messageOf(failedView(), 'ended').text).toMatchInlineSnapshot(`
      "reviews v1 → v2: failed, decided at step 13 of 19. 5 intervals failed:
      duration 900 ms is over 500 ms.

      Traffic:           primary 100 %, canary 0 %
      Pods:              primary 2, canary 0
      Started by:        mo · cli
      Reason given:      release 42
      Time:              2026-11-21T14:00:00.000Z to 2026-11-21T14:06:40.000Z
                         (6m 40s)
      Failed intervals:  5 of 5
      New revision:      registry.example.com/bookinfo/reviews:v2 (77c0a1b2c3)
      Previous revision: registry.example.com/bookinfo/reviews:v1 (a1b2c3d4e5)
      Where:             demo/reviews on cluster local

      Steps
        1 detect the new revision: done, 20s, v1 to v2
        2 scale the canary from zero: done, 20s
        3 set canary HPA bounds: done, 20s
        4 probe canary pods: done, 20s, 2/2 ready
        5 run acceptance tests: done, 20s, 3/3 passed
        6 abort if they fail: done, 20s
        7 run the load test: done, 20s, 99.9 % of 1500 requests
        8 mirror live traffic to the canary: done, 20s
        9 check success rate and duration: done, 20s, 5/5 passed
        10 abort at the failure threshold: done, 20s
        11 stop mirroring: done, 20s
        12 route live traffic to the canary: done, 20s
        13 grow the canary weight: FAILED, 20s, duration 900 ms, max 500 ms
        14 upgrade the primary: skipped
        15 set primary HPA bounds: skipped
        16 probe primary pods: skipped
        17 switch live traffic back: skipped
        18 scale the canary to zero: done, 20s
        19 send the analysis result: done, 20s

      Last interval
        success-rate: 99.98 % (min 99 %) pass, 18240 requests
        duration: 412 ms (max 500 ms) pass, 18240 requests

      Intervals
        2026-11-21T14:03:20.000Z mirror: pass. All checks passed.
        2026-11-21T14:04:20.000Z mirror: FAIL. duration 900 ms is over 500 ms
        2026-11-21T14:05:20.000Z mirror: pass. All checks passed.
        2026-11-21T14:08:20.000Z 20 %: no data. no data
        2026-11-21T14:09:20.000Z 20 %: pass. All checks passed.

      Next
        sluice audit demo/reviews
      "
    `);
  });

  it('says the same in text and in HTML', () => {
    for (const view of [failedView(), promotedView(), needsYouView()]) {
      const { text, html } = messageOf(view, 'ended');
      const seen = readable(html);
      const words = text.match(/[\p{L}\p{N}](?:[^\s(),;]*[\p{L}\p{N}])?/gu) ?? [];
      expect(words.length).toBeGreaterThan(150);
      expect(words.filter((word) => !seen.includes(word))).toEqual([]);
    }
  });

  it('asks in words, with what each answer does, and is told apart from the next question', () => {
    const message = messageOf(needsYouView(), 'needs-you');
    const text = unwrapped(message.text);
    expect(text.split('\n')[0]).toContain('needs you: no answer from http://prometheus:9090');
    expect(text).toMatch(/No answer: +it waits, for as long as it takes/);
    expect(text).toContain('sluice retry demo/reviews');
    expect(text).toContain('Asked:     2026-11-21T14:09:00.000Z, reviews-7/canary/canary/1: no answer');
    const later = needsYouView();
    if (later.questions[0]) later.questions[0].id = 'reviews-7/canary/canary/2';
    expect(messageOf(later, 'needs-you').messageId).not.toBe(message.messageId);
    expect(messageOf(later, 'needs-you').subject).toBe(message.subject);
  });

  it('with several questions leads with the newest and asks all, by their whole ids', () => {
    const message = messageOf(twoQuestionsView(), 'needs-you');
    const text = unwrapped(message.text);
    expect(text.split('\n')[0]).toMatch(/needs you: VirtualService .* says no\. \(and 1 more question\)$/);
    expect(text).toMatch(
      /reviews-7\/refused\/route\/2: .* \(acknowledged by ann · slack\)\nRetry: .*\nLeave-it: .*\nAbort: /,
    );
    expect(text).toContain('sluice answer demo/reviews reviews-7/canary/canary/1 retry\n');
    expect(text).toContain('sluice answer demo/reviews reviews-7/refused/route/2 ANSWER\n');
    expect(message.messageId).toBe('<local.demo.needs-you-reviews-7-refused-route-2@example.com>');
  });

  it('has one subject and thread per rollout, and ids that come out the same again', () => {
    const asked = messageOf(needsYouView(), 'needs-you');
    const ended = messageOf(promotedView(), 'ended');
    expect(ended.subject).toBe('[Sluice] demo/reviews v1 → v2 (reviews-7)');
    expect(asked.subject).toBe(ended.subject);
    expect(asked.references).toEqual(ended.references);
    expect(ended.messageId).toBe('<local.demo.ended-reviews-7@example.com>');
    expect(messageOf(promotedView(), 'ended').messageId).toBe(ended.messageId);
    expect(messageOf(runningView({ rollout: 'reviews-8' }), 'ended').messageId).not.toBe(ended.messageId);
  });

  it('carries what filters need', () => {
    expect(messageOf(failedView(), 'ended').headers).toEqual({
      'List-Id': 'demo/reviews <reviews.demo.local.sluice>',
      'X-Sluice-Rollout': 'reviews-7',
      'X-Sluice-Reason': 'failed',
      'Auto-Submitted': 'auto-generated',
    });
  });

  it('is brief about what is one sentence, and asks again with what each answer does', () => {
    const view = needsYouView();
    const { view: _whole, ...again } = {
      ...noticeOf(view, 'needs-you'),
      topic: 'again' as const,
      sentence: 'still needs you: x',
    };
    const asked = noticesMessage(notifyInput(view, [again]), 'example.com');
    expect(asked.text).toContain('reviews v1 → v2: still needs you: x');
    expect(asked.text).toContain('sluice retry demo/reviews');
    const closed = { ...again, topic: 'closed' as const, sentence: 'mo · cli answered retry', asked: 'no answer' };
    expect(
      noticesMessage(notifyInput({ ...view, questions: [] }, [closed]), 'example.com').text,
    ).toMatchInlineSnapshot(`
      "reviews v1 → v2: mo · cli answered retry

      Asked was: no answer
      Time:      2026-11-21T14:09:00.000Z
      Where:     demo/reviews on cluster local

      Next
        sluice get demo/reviews
      "
    `);
  });

  it('of several notices is a digest: what is asked now first, then all in order, text and HTML alike', () => {
    const view = needsYouView();
    const [opened, ended] = [noticeOf(view, 'needs-you'), noticeOf(failedView(), 'ended')];
    const closed = {
      ...opened,
      id: 'closed/1',
      topic: 'closed' as const,
      at: '2026-11-21T15:00:00.000Z',
      sentence: 'mo · cli answered retry',
    };
    const digest = noticesMessage(notifyInput(view, [opened, closed, ended]), 'example.com');
    expect(digest.text).toMatchInlineSnapshot(`
      "reviews: 3 messages from 2026-11-21T14:09:00Z to 2026-11-21T14:06:40Z
      could not be sent earlier; 1 question open now.

      Asked:     2026-11-21T14:09:00.000Z, reviews-7/canary/canary/1: no
                 answer from http://prometheus:9090 in 10 intervals, so nobody
                 knows how the canary does
      Retry:     the interval at 40 % starts over
      Abort:     the canary goes to zero; users are on the primary already
      No answer: it waits, for as long as it takes

      Where: demo/reviews on cluster local

      What happened
        2026-11-21T14:09:00Z reviews-7 v1 → v2: Nothing moves: Prometheus gave
          no answer 10 times; all users are on the primary.
          (2026-11-21T15:00:00Z: mo · cli answered retry)
        2026-11-21T14:06:40Z reviews-7 v1 → v2: Users are on v1 again.

      Next
        sluice get demo/reviews
        sluice retry demo/reviews
        sluice abort demo/reviews --reason TEXT
      "
    `);
    const seen = readable(digest.html);
    expect((digest.text.match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !seen.includes(word))).toEqual([]);
    expect(digest.messageId).toBe(
      '<local.demo.digest.needs-you-reviews-7-canary-canary-1.ended-reviews-7.3@example.com>',
    );
    expect(digest.headers['X-Sluice-Reason']).toBe('digest');
  });

  it('has no link, image or script, so that no scanner can act on it', () => {
    const { html } = messageOf(needsYouView(), 'needs-you');
    expect(html).not.toMatch(/<(a|img|script|form|link|iframe)\b|url\(|@import/i);
  });

  it('has the pages of the plan as links, and what is no web address as text', () => {
    const links = { runbook: 'https://wiki.example.com/r?a=1&b="2"', evil: 'javascript:alert(1)' };
    const { html, text } = messageOf({ ...needsYouView(), links }, 'needs-you');
    expect(html.match(/href="[^"]*"/g)).toEqual(['href="https://wiki.example.com/r?a=1&amp;b=&quot;2&quot;"']);
    expect(html).toContain('javascript:alert(1)</p>');
    expect(text).toMatch(/^runbook: +https:\/\/wiki\.example\.com\/r\?a=1&b="2"$/m);
  });

  it('fits a phone: as wide as its screen, no table, nothing of a fixed width, and colours of its own in the dark', () => {
    const { html } = messageOf(failedView(), 'ended');
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(html).not.toMatch(/<table|[^-]width:\d|width="\d|white-space:(?:nowrap|pre[;"])|min-width/);
    expect(html).toMatch(/overflow-wrap:anywhere/);
    const styled = [...html.matchAll(/class="([a-z]+)"/g)].map(([, name]) => name);
    const dark = html.slice(html.indexOf('@media (prefers-color-scheme: dark)'), html.indexOf('</style>'));
    for (const name of new Set(styled)) expect(dark).toContain(`.${name} {`);
    const coloured = html.match(/<[^>]+style="[^"]*(?:color|background):#[^>]*>/g) ?? [];
    expect(coloured.length).toBeGreaterThan(30);
    expect(coloured.filter((tag) => !tag.includes('class='))).toEqual([]);
  });

  it('as text is 72 columns wide, where no address, name or command is wider', () => {
    const links = { runbook: `https://wiki.example.com/${'long/'.repeat(20)}` };
    const wordy = 'a reason of many words that nobody can say in fewer than they have said it in '.repeat(4).trim();
    const asked = { ...twoQuestionsView(), links, warnings: [wordy] };
    for (const question of asked.questions) question.reason = wordy;
    const several = [noticeOf(asked, 'needs-you'), noticeOf({ ...failedView(), sentence: wordy }, 'ended')];
    for (const { text } of [
      messageOf(asked, 'needs-you'),
      noticesMessage(notifyInput(asked, several), 'example.com'),
    ]) {
      const wide = text.split('\n').filter((line) => line.length > 72);
      expect(wide.filter((line) => !/https:\/\/\S{50}|^ {2}sluice /.test(line))).toEqual([]);
      expect(text).not.toMatch(/[ \t]$/m);
      expect(text.replace(/\s+/g, ' ')).toContain(wordy);
    }
  });

  it('of several notices of one rollout is in its thread, of several rollouts in that of each', () => {
    const view = needsYouView();
    const [opened, ended] = [noticeOf(view, 'needs-you'), noticeOf(failedView(), 'ended')];
    const alone = messageOf(view, 'needs-you');
    const digest = noticesMessage(notifyInput(view, [opened, { ...ended, change: '' }]), 'example.com');
    expect(digest).toMatchObject({ subject: alone.subject, references: alone.references });
    const both = noticesMessage(notifyInput(view, [opened, { ...ended, rollout: 'reviews-8' }]), 'example.com');
    expect(both.subject).toBe('[Sluice] demo/reviews 2 rollouts after an outage');
    expect(both.references).toEqual(['<local.demo.reviews-7@example.com>', '<local.demo.reviews-8@example.com>']);
  });
});

describe('hostile names', () => {
  const evil = '"><script>alert(1)</script>\r\nBcc: all@example.com\u202e';
  const view = runningView({
    plan: evil,
    namespace: evil,
    rollout: evil,
    sentence: evil,
    startedBy: { source: evil, by: evil, reason: evil, delivery: evil },
    revision: { id: evil, image: evil, config: [] },
    outcome: { kind: 'failed', reason: evil, step: 13 },
    state: 'ended',
    warnings: [evil],
    problems: [{ where: evil, problem: evil, remedy: evil }],
    intervals: [{ stage: evil, verdict: 'fail', sentence: evil, at: evil }],
    actions: [{ id: '1', verb: 'abort', by: evil, reason: evil, at: evil, verified: 'unverified' }],
  });
  const message = messageOf(view, 'ended');

  it('are text in HTML', () => {
    expect(message.html).not.toContain('<script');
    expect(message.html).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt; Bcc: all@example.com');
  });

  it('end no header line and no text line', () => {
    for (const header of [
      message.subject,
      message.messageId,
      ...message.references,
      ...Object.values(message.headers),
    ]) {
      expect(header).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(message.messageId).toMatch(/^<[A-Za-z0-9.-]+@example\.com>$/);
    expect(message.text).not.toMatch(/^\s*Bcc:/m);
    expect(message.text).not.toMatch(/[\r\u202e]/);
  });
});
