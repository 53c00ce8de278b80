/** Shows a rollout in a channel of Slack: one message, updated in place, and what has happened in its thread. */
import { createHash } from 'node:crypto';
import type { Card, NoticeView, NotifyInput, NotifyResult } from '../contract/notice.ts';
import { isFinished } from '../contract/view.ts';
import { findTarget, type InstallationFile, readSecret } from '../installation/index.ts';
import { cardOf, type SlackContent } from '../notify/slack/card.ts';
import { SlackChannel, slackTrouble } from '../notify/slack/channel.ts';
import { briefCard, callsPeople, eventsSince, noticeEvents, replyOf } from '../notify/slack/thread.ts';
import type { RunSnapshot } from '../steering/index.ts';

export interface TellSlackDeps {
  installation: InstallationFile;
  /** The newest run of the plan's rollouts; absent: there never was one. */
  look(about: Pick<NotifyInput, 'cluster' | 'namespace' | 'plan'>): Promise<RunSnapshot | undefined>;
}

/** To one recipient. Trying again is up to whoever asks: with the card that was handed back nothing is told twice. */
export async function tellSlack({ installation, look }: TellSlackDeps, input: NotifyInput): Promise<NotifyResult> {
  const { to } = input;
  let card: Card | undefined;
  try {
    const slack = await openChannel(installation, input);
    const run = await look(input);
    const over = run === undefined || run.status === 'closed' || run.status === 'lost';
    const shown = choose(input, run);
    if (shown) {
      const { delivery, content, view } = shown;
      card = input.card?.delivery === delivery ? { ...input.card } : { delivery, told: '' };
      await show(slack, card, content, input.again);
      await tell(slack, card, view, input);
    }
    return { told: to, refused: [], later: [], card, over };
  } catch (error) {
    const { final, ...why } =
      error instanceof NoChannel ? { reason: error.message, perhaps: false } : slackTrouble(error);
    const failed = to.map((one) => ({ to: one, ...why }));
    return { told: [], refused: final ? failed : [], later: final ? [] : failed, card };
  }
}

/** Another worker may have it, or this one soon. */
class NoChannel extends Error {}

async function openChannel(
  installation: InstallationFile,
  { to, namespace, plan }: NotifyInput,
): Promise<SlackChannel> {
  const { notificationTargets, dir = '.', slack } = await installation.current();
  const name = to[0]?.address ?? '';
  const found = findTarget(notificationTargets, 'slack', name, `${namespace}/${plan}`);
  if (!found) throw new NoChannel(`the worker knows no notification target ${name} for ${namespace}/${plan}`);
  const { channel, token } = found;
  const secret = await readSecret(token, dir).catch((error: Error) => {
    throw new NoChannel(error.message);
  });
  return new SlackChannel(secret, channel, slack?.address);
}

interface Shown {
  delivery: string;
  content: SlackContent;
  /** Absent: of what was piled up only sentences are left. */
  view?: NoticeView;
}

/** The rollout that notices are about, otherwise the one that runs. */
function choose({ plan, notices, card }: NotifyInput, run: RunSnapshot | undefined): Shown | undefined {
  const { view: now, status, trouble } = run ?? {};
  const [first] = notices;
  const delivery = first?.delivery ?? now?.startedBy.delivery ?? '';
  const meant = now?.startedBy.delivery === delivery && (first || !isFinished(now) || card?.delivery === delivery);
  const told = notices.findLast((notice) => notice.view)?.view;
  if (now && meant && status === 'lost') {
    const sentence = `Nobody brings it to its end: ${trouble}. It stood so: ${now.sentence}`;
    return { delivery, content: cardOf({ ...now, sentence }, true), view: now };
  }
  if (now && meant) return { delivery, content: cardOf(now), view: now };
  if (told) return { delivery, content: cardOf(told, true), view: told };
  return first && { delivery, content: briefCard(plan, notices) };
}

/** Posts or updates; what shows it already is left alone. @param again an answer was lost, so it may be there */
async function show(slack: SlackChannel, card: Card, content: SlackContent, again = false): Promise<void> {
  const shown = createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 16);
  const mark = { id: `card ${card.delivery}` };
  if (!card.message && again) card.message = (await slack.find(mark.id))?.message;
  if (card.message && shown === card.shown) return;
  if (!card.message || !(await slack.update(card.message, content))) card.message = await slack.post(content, mark);
  card.shown = shown;
}

/** What the thread does not have yet, as one reply. */
async function tell(slack: SlackChannel, card: Card, view: NoticeView | undefined, input: NotifyInput): Promise<void> {
  const thread = card.message?.ts;
  const id = () => `thread ${card.delivery} ${card.told}`;
  const before = input.again ? await slack.find(id(), thread) : undefined;
  card.told = before?.mark.until ?? card.told;
  const heard = before?.mark.notices?.split('\n') ?? [];
  const notices = input.notices.filter((notice) => !heard.includes(notice.id));
  const events = view ? eventsSince(view, card.told) : [];
  if (events.length === 0 && notices.length === 0) return;
  const until = events.at(-1)?.at ?? card.told;
  const mark = { id: id(), until, notices: notices.map((notice) => notice.id).join('\n') };
  await slack.post(replyOf([...events, ...noticeEvents(notices)]), mark, thread, callsPeople(notices));
  card.told = until;
}
