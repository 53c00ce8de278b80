import type { RolloutView } from '../contract/view.ts';
import { describeChange } from '../contract/words.ts';
import { factsOf } from './facts.ts';
import { toHtml } from './message-html.ts';
import { toText } from './message-text.ts';

/** `ended`: the analysis result; `needs-you`: a person is asked. */
export type MessageTopic = 'ended' | 'needs-you';

export interface Message {
  /** The same for every message of one rollout, so that they stay together. */
  subject: string;
  text: string;
  html: string;
  /** `<…@domain>`, the same whenever the same message is made again, so that a repeated one is recognised. */
  messageId: string;
  /** RFC 2919, RFC 3834 and Sluice's own, for filters. */
  headers: Record<string, string>;
  /** Message ids that the message belongs to. */
  references: string[];
}

/**
 * What people are told about a rollout. Pure.
 * @param domain right-hand side of message ids, normally the sender's
 */
export function rolloutMessage(unsafe: RolloutView, topic: MessageTopic, domain: string): Message {
  const view = withoutControls(unsafe);
  const facts = factsOf(view);
  const subject = subjectOf(view);
  const thread = idOf([view.cluster, view.namespace, rolloutName(view)], domain);
  return {
    subject,
    text: toText(facts),
    html: toHtml(facts, subject),
    messageId: idOf([view.cluster, view.namespace, rolloutName(view), topic, ...sequence(view, topic)], domain),
    references: [thread],
    headers: {
      'List-Id': `${view.namespace}/${view.plan} <${[view.plan, view.namespace, view.cluster].map(dotless).join('.')}.sluice>`,
      'X-Sluice-Rollout': rolloutName(view),
      'X-Sluice-Reason': topic === 'needs-you' ? topic : (view.outcome?.kind ?? topic),
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function subjectOf(view: RolloutView): string {
  const change = describeChange(view);
  return `[Sluice] ${view.namespace}/${view.plan}${change ? ` ${change}` : ''} (${rolloutName(view)})`;
}

/** A rollout that was refused before it got a number is told apart by its delivery. */
function rolloutName(view: RolloutView): string {
  return view.rollout ?? `${view.plan}-${view.startedBy.delivery}`;
}

/** A rollout may ask more than once; the id of what was asked last is the same in every attempt. */
function sequence({ questions }: RolloutView, topic: MessageTopic): string[] {
  const newest = questions.at(-1);
  return topic === 'needs-you' && newest ? [newest.id] : [];
}

/** dot-atom of RFC 5322: every other character becomes a hyphen. */
function idOf(parts: string[], domain: string): string {
  const left = parts.map((part) => part.replace(/[^A-Za-z0-9-]+/g, '-')).join('.');
  return `<${left}@${domain}>`;
}

function dotless(name: string): string {
  return name.replace(/[^A-Za-z0-9-]+/g, '-');
}

/** No text from elsewhere may end a header line or steer a terminal that shows the mail. */
function withoutControls<T>(value: T): T {
  if (typeof value === 'string') return value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/\p{Cf}/gu, '') as T;
  if (Array.isArray(value)) return value.map(withoutControls) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutControls(part)])) as T;
}
