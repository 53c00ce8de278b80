/** The one message of a rollout: how it stands, what is asked, and buttons. Pure. Limits: Slack's documentation, "Block Kit". */
import type { Button, KnownBlock } from '@slack/types';
import type { NoticeView } from '../../contract/notice.ts';
import type { Question } from '../../contract/question.ts';
import { askedText, effectsOf } from '../../contract/question-words.ts';
import { isFinished } from '../../contract/view.ts';
import { describeChange, formatFigure, stateWord } from '../../contract/words.ts';
import { factsOf } from '../facts.ts';
import { button, type Pressed, questionButtons, wordOf } from './button.ts';
import { mrkdwn, plain, said, time, timed } from './text.ts';

/** What `chat.postMessage` and `chat.update` take; phones show the text, everything else the blocks. */
export interface SlackContent {
  text: string;
  blocks: KnownBlock[];
}

/** Each takes two of 50 blocks. */
const MOST_QUESTIONS = 15;
const MOST_FIELDS = 10;
const MOST_LINES = 5;

/** @param over it has ended, whatever the view says: nothing can be asked of it any more */
export function cardOf(view: NoticeView, over = isFinished(view)): SlackContent {
  const { lines, checks, actions, warnings, links } = factsOf(view);
  const title = `${stateWord(view)}: ${view.plan} ${describeChange(view)}`;
  const sentence = isFinished(view) ? (view.outcome?.reason ?? view.sentence) : view.sentence;
  const running = view.steps.find(({ state }) => state === 'running');
  const step: string[] = running ? [`Step ${running.number} of ${view.steps.length}: ${said(running.title)}`] : [];
  const numbers = checks.map(({ name, value, limit, verdict }) => said(`${name}: ${value} (${limit}), ${verdict}`));
  const besideTraffic = lines.slice(1, MOST_FIELDS + 1);
  const fields = besideTraffic.map(([label, value]) => mrkdwn([`*${label}*`, timed(value)], 2_000));
  const blocks: KnownBlock[] = [
    { type: 'header', text: plain(title, 150) },
    ...section([said(sentence, 2_000), ...step]),
    ...section([traffic(view, over), ...numbers]),
    { type: 'section', fields },
    ...context(actions.slice(-MOST_LINES).map(timed)),
    ...context(warnings.slice(-MOST_LINES).map((warning) => `Warning: ${said(warning)}`)),
    ...context(links.map(([name, url]) => `<${said(url, 1_500)}|${said(name)}>`)),
    ...(over ? [] : view.questions.slice(0, MOST_QUESTIONS).flatMap((question) => asked(view, question))),
    ...(over ? [] : actionsBlock(steering(view))),
  ];
  return { text: said(`${title}. ${sentence}`, 3_000), blocks };
}

const CELLS = 20;

/** Primary left, canary right; asked and seen are two numbers; copies stand apart, because users do not feel them. */
function traffic({ route: { primary, canary, mirror }, observedWeight }: NoticeView, over: boolean): string {
  const part = Math.round((primary / 100) * CELLS);
  const filled = primary === 0 || primary === 100 ? part : Math.min(CELLS - 1, Math.max(1, part));
  const seen = observedWeight === undefined ? 'no data' : formatFigure(observedWeight, '%');
  const asked = over ? `canary ${canary} %` : `canary ${canary} % asked, ${seen} seen`;
  const copies = mirror > 0 ? `; mirror ${mirror} %, copies only` : '';
  return `\`${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)}\` primary ${primary} %, ${asked}${copies}`;
}

function asked(view: NoticeView, question: Question): KnownBlock[] {
  const effects = effectsOf(question).map(([answer, effect]) => `• ${wordOf(answer)}: ${said(effect)}`);
  const words = [`*Asked ${time(question.since)}:* ${said(askedText(question), 1_500)}`, ...effects];
  return [...section(words), ...actionsBlock(questionButtons(aboutOf(view), question))];
}

function steering(view: NoticeView): Button[] {
  if (view.state === 'going-back' || view.state === 'cleaning') return [];
  const about = aboutOf(view);
  const effect = 'all live traffic goes to the primary as the plan says, then the canary is scaled to zero';
  return [
    ...button({ ...about, verb: view.paused ? 'resume' : 'pause' }),
    ...button({ ...about, verb: 'abort' }, effect),
  ];
}

/** Before the rollout has its number, its delivery is its name. */
function aboutOf({ cluster, namespace, plan, rollout, startedBy }: NoticeView): Omit<Pressed, 'verb'> {
  return { cluster, namespace, plan, rollout: rollout ?? startedBy.delivery };
}

function section(lines: string[]): KnownBlock[] {
  return [{ type: 'section', text: mrkdwn(lines) }];
}

function context(lines: string[]): KnownBlock[] {
  return lines.length > 0 ? [{ type: 'context', elements: [mrkdwn(lines)] }] : [];
}

function actionsBlock(elements: Button[]): KnownBlock[] {
  return elements.length > 0 ? [{ type: 'actions', elements }] : [];
}
