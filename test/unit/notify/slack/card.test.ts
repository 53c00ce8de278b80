import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../../../src/contract/view.ts';
import { readButton } from '../../../../src/notify/slack/button.ts';
import { cardOf } from '../../../../src/notify/slack/card.ts';
import { brokenRule } from '../../../support/slack/rules.ts';
import { needsYouView, promotedView, runningView, twoQuestionsView } from '../../../support/views.ts';

const EVIL = '<!channel> & <@U1> <https://evil.example|here>\n*Approved by ann*\u202e';

const buttonsOf = (view: RolloutView) =>
  cardOf(view).blocks.flatMap((block) => (block.type === 'actions' ? block.elements : [])) as {
    action_id: string;
    value: string;
  }[];

/** Every text of others is as bad, and as long, as it can be. */
function hostile(longer: number): RolloutView {
  const text = EVIL + '&'.repeat(longer);
  const view = twoQuestionsView();
  const [question] = view.questions;
  if (!question) throw new Error('a view with questions');
  const questions = Array.from({ length: 60 }, (_, i) => ({
    ...question,
    id: `reviews-7/failed/${i}${text}`.slice(0, 1_900),
    reason: text,
    answers: { retry: text, 'leave-it': text, 'return-now': text, 'scale-down': text, overwrite: text },
    gate: { name: text, from: [], count: 1, notInitiator: true, approved: [text] },
  }));
  const actions = Array.from({ length: 50 }, (_, i) => ({
    ...{
      id: String(i),
      verb: 'pause' as const,
      by: text,
      reason: text,
      at: view.startedAt,
      verified: 'verified' as const,
    },
  }));
  const links = { [text.slice(0, 40)]: `https://wiki.example.com/${'x'.repeat(longer)}?a=1&b=2` };
  const warnings = Array.from({ length: 50 }, () => text);
  const startedBy = { ...view.startedBy, by: text, reason: text };
  return { ...view, plan: 'p'.repeat(63), sentence: text, startedBy, questions, actions, links, warnings };
}

describe('the message of a rollout', () => {
  it.each([
    ['that runs', runningView()],
    ['that asks', needsYouView()],
    ['that asks two things', twoQuestionsView()],
    ['that is over', promotedView()],
    ['of which everything is hostile', hostile(0)],
    ['of which everything is hostile and long', hostile(5_000)],
  ])('%s is one that Slack takes', (_, view) => {
    const { text, blocks } = cardOf(view);
    expect(brokenRule(blocks, text)).toBeUndefined();
  });

  it('calls an answer what its button calls it', () => {
    const { blocks } = cardOf(twoQuestionsView());
    expect(JSON.stringify(blocks)).toContain('• Leave it: ');
    expect(buttonsOf(twoQuestionsView()).map(({ action_id }) => action_id)).toContain('answer:leave-it');
  });

  it('shows asked beside seen, numbers, who did what and links', () => {
    const actions = [
      {
        id: '1',
        verb: 'pause' as const,
        by: 'ann · slack',
        reason: 'look',
        at: '2026-11-21T14:09:00.000Z',
        verified: 'verified' as const,
      },
    ];
    const shown = JSON.stringify(
      cardOf(runningView({ actions, links: { runbook: 'https://wiki.example.com/?a=1&b' } })),
    );
    expect(shown).toContain('`████████████░░░░░░░░` primary 60 %, canary 40 % asked, 39.2 % seen');
    expect(shown).toContain('success-rate: 99.98 % (min 99 %), pass');
    expect(shown).toContain('<!date^1795270140^{time}|14:09 UTC> pause by ann · slack: look');
    expect(shown).toContain('<https://wiki.example.com/?a=1&amp;b|runbook>');
  });

  it('has buttons that carry rollout and question, and none when it is over', () => {
    expect(buttonsOf(needsYouView()).map(({ action_id: id }) => id)).toEqual([
      ...['answer:retry', 'acknowledge:acknowledge', 'pause:pause', 'abort:abort'],
    ]);
    const [retry] = buttonsOf(needsYouView());
    const about = { cluster: 'local', namespace: 'demo', plan: 'reviews', rollout: 'reviews-7' };
    const asked = { verb: 'answer', answer: 'retry', question: 'reviews-7/canary/canary/1' };
    expect(readButton(retry?.action_id ?? '', retry?.value ?? '')).toEqual({ ...about, ...asked });
    expect(buttonsOf(promotedView())).toEqual([]);
    expect(buttonsOf(runningView({ state: 'going-back' }))).toEqual([]);
  });
});

it.each([
  ['pause:pause', 'no JSON'],
  ['pause:pause', 'null'],
  ['pause:pause', '{"cluster":"local","namespace":"demo","plan":"reviews"}'],
  ['delete:delete', '{"cluster":"local","namespace":"demo","plan":"reviews","rollout":"reviews-7"}'],
])('%s with %s is no button of ours', (id, value) => expect(readButton(id, value)).toBeUndefined());
