/**
 * Messages about rollouts and the channels that carry them. `message.ts` is pure: notices in, subject, text and HTML out. A channel
 * file only sends. Nothing here decides when or whom to tell.
 */
import type { Notice, NotifyInput } from '../contract/notice.ts';
import { plural } from '../contract/words.ts';
import { briefFacts, factsOf } from './facts.ts';
import { toHtml } from './message-html.ts';
import { toText } from './message-text.ts';

export interface Message {
  /** The same for every message of one rollout: mail programs that go by it as well keep them together. */
  subject: string;
  text: string;
  html: string;
  /** `<…@domain>`, the same whenever the same message is made again, so that a repeated one is recognised. */
  messageId: string;
  /** RFC 2919, RFC 3834 and Sluice's own, for filters. */
  headers: Record<string, string>;
  /** Of the threads that it belongs to: one for each rollout, which is the id of no message. */
  references: string[];
}

/**
 * What people are told: of one notice, or a digest of several. Pure.
 * @param domain right-hand side of message ids, normally the sender's
 */
export function noticesMessage(unsafe: NotifyInput, domain: string): Message {
  const input = withoutControls(unsafe);
  const { cluster, namespace, plan, notices } = input;
  const [first] = notices;
  const last = notices.at(-1);
  const digest = notices.length > 1;
  const facts = !digest && first?.view ? factsOf(first.view, first.head) : briefFacts(input);
  const threads = [...new Set(notices.map(({ rollout }) => rollout))];
  const { change = '' } = notices.findLast((notice) => notice.change) ?? {};
  const about =
    threads.length > 1 ? `${plural(threads.length, 'rollout')} after an outage` : `${change} (${threads[0]})`;
  const subject = `[Sluice] ${namespace}/${plan} ${about.trim()}`;
  const name = digest ? ['digest', first?.id, last?.id, String(notices.length)] : [first?.id];
  return {
    subject,
    text: toText(facts),
    html: toHtml(facts, subject),
    messageId: idOf([cluster, namespace, ...name], domain),
    references: threads.slice(-LONGEST_REFERENCES).map((rollout) => idOf([cluster, namespace, rollout], domain)),
    headers: {
      'List-Id': `${namespace}/${plan} <${[plan, namespace, cluster].map(dotless).join('.')}.sluice>`,
      'X-Sluice-Rollout': last?.rollout ?? '',
      'X-Sluice-Reason': digest ? 'digest' : reasonOf(first),
      'Auto-Submitted': 'auto-generated',
    },
  };
}

/** Of several rollouts in a digest. */
const LONGEST_REFERENCES = 20;

/** What it is about, or how it ended. */
function reasonOf(notice: Notice | undefined): string {
  const { topic = '', view } = notice ?? {};
  return topic === 'ended' ? (view?.outcome?.kind ?? topic) : topic;
}

/** dot-atom of RFC 5322: every other character becomes a hyphen. */
function idOf(parts: (string | undefined)[], domain: string): string {
  const left = parts.map((part = '') => part.replace(/[^A-Za-z0-9-]+/g, '-')).join('.');
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
