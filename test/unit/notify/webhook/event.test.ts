import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../src/contract/notice.ts';
import { eventOf, pingEvent } from '../../../../src/notify/webhook/event.ts';
import { webhookEvent } from '../../../../tools/docs/webhook-schema.ts';
import { noticeOf, notifyInput } from '../../../support/notices.ts';
import { failedView, needsYouView, promotedView, runningView, twoQuestionsView } from '../../../support/views.ts';

const documented = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync('docs/reference/webhook.schema.json', 'utf8')),
);

/** What stands in the body as it is sent. */
function sent(event: object): unknown {
  return JSON.parse(JSON.stringify(event));
}

const brief = (topic: Notice['topic'], id: string): Notice => {
  const { view: _, ...notice } = noticeOf(needsYouView(), 'needs-you');
  return { ...notice, topic, id };
};

const EVERY = {
  asked: notifyInput(twoQuestionsView(), [noticeOf(twoQuestionsView(), 'needs-you')]),
  promoted: notifyInput(promotedView(), [{ ...noticeOf(promotedView(), 'ended'), head: 'a1b2c3' }]),
  failed: notifyInput(failedView(), [noticeOf(failedView(), 'ended')]),
  offered: notifyInput(runningView(), [brief('offered', 'offered/cli/1')]),
  refused: notifyInput(runningView(), [
    noticeOf(runningView({ rollout: undefined, revision: undefined, previous: undefined, state: 'ended' }), 'ended'),
  ]),
  digest: notifyInput(runningView(), [brief('needs-you', 'a'), brief('closed', 'b'), brief('remark', 'c')]),
};

describe('the body', () => {
  it.each(Object.entries(EVERY))('of %s is what is documented, and nothing else', (_what, input) => {
    const body = sent(eventOf(input));
    expect(documented(body), JSON.stringify(documented.errors)).toBe(true);
    expect(webhookEvent.parse(body)).toEqual(body);
  });

  it('of a ping too', () => {
    const body = sent(pingEvent({ cluster: 'local', namespace: 'a', plan: 'b' }, 'x', '2026-11-21T14:00:00.000Z'));
    expect(documented(body)).toBe(true);
    expect(webhookEvent.parse(body)).toEqual(body);
  });

  it('says how it stands, what is asked with each answer, and how it ended', () => {
    expect(eventOf(EVERY.asked)).toMatchObject({
      specversion: '1.0',
      source: '/clusters/local/namespaces/demo/plans/reviews',
      type: 'dev.sluice.rollout.needs-you.v1alpha1',
      subject: 'reviews-7',
      time: '2026-11-21T14:09:30.000Z',
      data: {
        questions: [
          {
            id: 'reviews-7/canary/canary/1',
            answers: {
              retry: 'the interval at 40 % starts over',
              abort: 'the canary goes to zero; users are on the primary already',
            },
            silence: 'it waits, for as long as it takes',
          },
          { id: 'reviews-7/refused/route/2', acknowledgedBy: 'ann · slack' },
        ],
        rollout: {
          state: 'needs-you',
          checks: [
            { name: 'success-rate', bound: 'min' },
            { value: 900, limit: 500 },
          ],
        },
      },
    });
    expect(eventOf(EVERY.promoted).data).toMatchObject({
      notices: [{ topic: 'ended', audit: 'a1b2c3' }],
      rollout: { outcome: { kind: 'promoted', step: 19 }, traffic: { primary: 100, canary: 0 } },
    });
  });

  it('has links of the plan, and no hash of its configuration', () => {
    const config = [{ kind: 'Secret' as const, name: 'db-password', hash: 'c0ffee' }];
    const revision = { id: 'a', image: 'b', config };
    const view = { ...promotedView(), revision, links: { runbook: 'https://wiki.example.com/r' } };
    const body = JSON.stringify(eventOf(notifyInput(view, [{ ...noticeOf(view, 'ended'), view }])));
    expect(body).toContain('"links":{"runbook":"https://wiki.example.com/r"}');
    expect(body).not.toMatch(/db-password|c0ffee/);
  });
});

describe('its id', () => {
  it('is the same for the same notices whatever is asked meanwhile, and another one for others', () => {
    const again = eventOf({ ...EVERY.digest, open: needsYouView().questions });
    expect(again.id).toBe(eventOf(EVERY.digest).id);
    const { failed: _sameAsPromoted, ...different } = EVERY;
    const inputs = [...Object.values(different), { ...EVERY.asked, cluster: 'other' }];
    const others = inputs.map((input) => eventOf(input).id);
    expect(new Set(others).size).toBe(others.length);
    for (const id of others) expect(id).toMatch(/^msg_[0-9a-f]{40}$/);
  });

  it('of several notices is that of a digest, in order', () => {
    const { type, data } = eventOf(EVERY.digest);
    expect(type).toBe('dev.sluice.rollout.digest.v1alpha1');
    expect(data.notices.map(({ topic }) => topic)).toEqual(['needs-you', 'closed', 'remark']);
    expect(data.rollout).toBeUndefined();
  });
});
