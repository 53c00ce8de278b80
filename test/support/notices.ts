import { type Notice, type NotifyInput, noticeView, subjectOf } from '../../src/contract/notice.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { type Message, noticesMessage } from '../../src/notify/message.ts';

/** A notice of the whole view, as the workflow makes it. */
export function noticeOf(view: RolloutView, topic: 'ended' | 'needs-you'): Notice {
  const about = subjectOf(view);
  const newest = view.questions.at(-1);
  return {
    ...about,
    id: `${topic}/${topic === 'ended' ? about.rollout : newest?.id}`,
    topic,
    at: view.endedAt ?? newest?.since ?? view.startedAt,
    sentence: view.sentence,
    questions: view.questions.map(({ id }) => id),
    view: noticeView(view, topic === 'ended'),
  };
}

/** What `team@example.com` is told. */
export function notifyInput(view: RolloutView, notices: Notice[]): NotifyInput {
  const { cluster, namespace, plan, questions } = view;
  const to = [{ channel: 'email' as const, address: 'team@example.com' }];
  return { cluster, namespace, plan, to, notices, open: questions };
}

export function messageOf(view: RolloutView, topic: 'ended' | 'needs-you', domain = 'example.com'): Message {
  return noticesMessage(notifyInput(view, [noticeOf(view, topic)]), domain);
}

/** Of the text, as if lines were as long as they like. */
export function unwrapped(text: string): string {
  return text.replace(/(\S)\n {4,}(?=\S)/g, '$1 ').replace(/^(.+)\n(?=\S)/, '$1 ');
}
