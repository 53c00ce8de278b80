import { expect, it } from 'vitest';
import { callsPeople, eventsSince, noticeEvents, replyOf } from '../../../../src/notify/slack/thread.ts';
import { noticeOf } from '../../../support/notices.ts';
import { brokenRule } from '../../../support/slack/rules.ts';
import { promotedView, runningView } from '../../../support/views.ts';

it('has steps, the first pass of a stage, whatever did not pass, and what people did, once', () => {
  const actions = [
    {
      id: '1',
      verb: 'pause' as const,
      by: 'ann · slack',
      at: '2026-11-21T14:09:00.000Z',
      verified: 'verified' as const,
    },
    {
      id: '2',
      verb: 'answer' as const,
      by: 'ann · slack',
      at: '2026-11-21T14:09:01.000Z',
      verified: 'verified' as const,
    },
  ];
  const view = runningView({ actions });
  const lines = eventsSince(view, '').map(({ line }) => line);
  expect(lines.filter((line) => line.startsWith('Mirror: '))).toEqual([
    'Mirror: pass. All checks passed.',
    'Mirror: FAIL. duration 900 ms is over 500 ms',
  ]);
  expect(lines).toContain('Pause by ann · slack');
  expect(lines.some((line) => line.startsWith('Answer'))).toBe(false);
  const last = eventsSince(view, '').at(-1)?.at ?? '';
  expect(eventsSince(view, last)).toEqual([]);
});

it('of a long outage is one reply that Slack takes, with the end in it', () => {
  const view = promotedView();
  const many = Array.from({ length: 300 }, (_, i) => ({
    ...noticeOf(view, 'ended'),
    at: new Date(Date.parse('2026-11-21T14:00:00.000Z') + i * 1000).toISOString(),
    sentence: i === 299 ? 'the last one' : '<!here> '.repeat(60),
    asked: '&'.repeat(500),
  }));
  const { text, blocks } = replyOf(noticeEvents(many));
  expect(brokenRule(blocks, text)).toBeUndefined();
  expect(JSON.stringify(blocks)).toContain('*The last one*');
  expect(callsPeople(many)).toBe(true);
});
