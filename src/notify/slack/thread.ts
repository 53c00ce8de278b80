/** What stands in the thread of a rollout's message: steps, stages, failures, what people do and are told. Pure. */
import type { Notice, NoticeView } from '../../contract/notice.ts';
import { sentenceCase, verdictWord } from '../../contract/words.ts';
import type { SlackContent } from './card.ts';
import { mrkdwn, plain, said, time } from './text.ts';

/** `at`: ISO 8601. */
type SlackEvent = { at: string; line: string };

/** People are told of the end of the question. */
const ANSWERS: readonly string[] = ['answer', 'retry', 'acknowledge'];

/** What has happened since, the oldest first. @param told ISO 8601 */
export function eventsSince(view: NoticeView, told: string): SlackEvent[] {
  const steps = view.steps.flatMap(({ endedAt: at, state, title, note }) =>
    at && state !== 'skipped'
      ? [{ at, line: `${state === 'failed' ? '✖ FAILED:' : '✔'} ${sentenceCase(title)}${because(note)}` }]
      : [],
  );
  // a pass is worth a word where it is the first of its stage
  const intervals = view.intervals
    .filter((one, i, all) => one.verdict !== 'pass' || all.findIndex(isPassOf(one.stage)) === i)
    .map(({ at, stage, verdict, podsOnly, sentence }) => ({
      at,
      line: `${stage}: ${verdictWord(verdict, podsOnly)}. ${sentence}`,
    }));
  const actions = view.actions
    .filter(({ verb }) => !ANSWERS.includes(verb))
    .map(({ at, verb, by, reason }) => ({ at, line: `${verb} by ${by}${because(reason)}` }));
  const all = [...steps, ...intervals, ...actions].filter(({ at }) => at > told).sort(byTime);
  return all.map(({ at, line }) => ({ at, line: said(sentenceCase(line)) }));
}

function isPassOf(stage: string) {
  return (one: NoticeView['intervals'][number]) => one.stage === stage && one.verdict === 'pass';
}

function because(text: string | undefined): string {
  return text ? `: ${text}` : '';
}

/** What people are told, a line each. */
export function noticeEvents(notices: readonly Notice[]): SlackEvent[] {
  return notices.map(({ at, sentence, asked, head }) => {
    const more = `${asked ? ` Asked was: ${said(asked)}` : ''}${head ? ` Audit: ${said(head)}` : ''}`;
    return { at, line: `*${sentenceCase(said(sentence))}*${more}` };
  });
}

/** Worth more than a look into the thread. */
export function callsPeople(notices: readonly Notice[]): boolean {
  return notices.some(({ topic }) => topic === 'needs-you' || topic === 'again' || topic === 'ended');
}

/** Two of the longest fit into one block. */
const MOST_LINES = 2 * 48;

/** In the order in which it happened; after a long outage the newest. */
export function replyOf(events: readonly SlackEvent[]): SlackContent {
  const lines = [...events].sort(byTime).map(({ at, line }) => `${time(at)} ${line}`);
  const kept = lines.slice(-MOST_LINES);
  const pairs = kept.flatMap((_, i) => (i % 2 === 0 ? [mrkdwn(kept.slice(i, i + 2))] : []));
  const blocks = pairs.map((text) => ({ type: 'section' as const, text }));
  return { text: mrkdwn(kept.reverse()).text, blocks };
}

/** In the place of a rollout's message, where nothing else of it is known any more. */
export function briefCard(plan: string, notices: readonly Notice[]): SlackContent {
  const { text, blocks } = replyOf(noticeEvents(notices));
  const title = plain(`${plan} ${notices[0]?.change}`, 150);
  return { text: `${said(title.text)}: ${text}`, blocks: [{ type: 'header', text: title }, ...blocks] };
}

function byTime(a: SlackEvent, b: SlackEvent): number {
  return a.at < b.at ? -1 : Number(a.at > b.at);
}
