/** What a person typed after `/sluice`, and who it was. Fields: Slack's documentation, "Slash commands". */
import type { Action } from '../../contract/action.ts';
import { ANSWERS, type Answer, isAnswer } from '../../contract/question.ts';
import { readUser, type SlackUser } from './user.ts';

const PLAIN_VERBS = ['status', 'pause', 'resume', 'abort', 'approve', 'reject', 'retry'] as const;
const SLACK_VERBS = [...PLAIN_VERBS, 'answer', 'acknowledge'] as const;
type SlackVerb = (typeof SLACK_VERBS)[number];

export interface SlackCommand extends SlackUser {
  /** What was typed. */
  text: string;
}

/** What was asked of a plan, and the question as it was written. */
export type ParsedCommand = ({ verb: SlackVerb; plan: string; namespace?: string } & ActionText) | { help: string };

type ActionText = Pick<Action, 'question' | 'answer' | 'reason'>;

const MAX_REASON = 500;
const PLAN = /^(?:([a-z0-9-]{1,63})\/)?([a-z0-9-]{1,63})$/;

const HELP = `Write \`/sluice ${SLACK_VERBS.join('|')} PLAN [reason]\`, for example \`/sluice pause demo/reviews high latency\`; behind \`answer PLAN\` a question and ${ANSWERS.join('|')}, behind \`acknowledge PLAN\` a question.`;

/** @returns undefined when it is no slash command */
export function readCommand(fields: Record<string, unknown>): SlackCommand | undefined {
  const { enterprise_id: enterprise, team_id: team, user_id: user, trigger_id: trigger, response_url: url } = fields;
  const who = readUser({ enterprise, team, user, trigger: trigger ?? JSON.stringify(fields), url });
  return who && fields.command !== undefined ? { ...who, text: plainText(String(fields.text ?? '')) } : undefined;
}

export function readText(text: string): ParsedCommand {
  const [word = '', plan = '', ...rest] = text.trim().split(/\s+/);
  const verb = word.toLowerCase();
  if (!(SLACK_VERBS as readonly string[]).includes(verb)) {
    return { help: verb === '' || verb === 'help' ? HELP : `“${verb.slice(0, 40)}” is not known here. ${HELP}` };
  }
  const [, namespace, name] = PLAN.exec(plan.toLowerCase()) ?? [];
  if (!name) return { help: `${plan === '' ? 'The plan is missing' : 'This is no name of a plan'}. ${HELP}` };
  const asked = readAsked(verb as SlackVerb, rest);
  if (!asked) return { help: `${verb} wants a question${verb === 'answer' ? ' and an answer' : ''}. ${HELP}` };
  return { verb: verb as SlackVerb, plan: name, ...(namespace && { namespace }), ...asked };
}

/** Ids of questions may have spaces; the first word that is an answer ends them. */
function readAsked(verb: SlackVerb, words: string[]): ActionText | undefined {
  if (verb !== 'answer' && verb !== 'acknowledge') return reasonOf(words);
  const end = verb === 'answer' ? words.findIndex((one) => isAnswer(one.toLowerCase())) : words.length;
  if (end < 1) return undefined;
  const question = words.slice(0, end).join(' ');
  return verb === 'answer'
    ? { question, answer: words[end]?.toLowerCase() as Answer, ...reasonOf(words.slice(end + 1)) }
    : { question };
}

function reasonOf(words: string[]): ActionText {
  const reason = words.join(' ').slice(0, MAX_REASON);
  return reason ? { reason } : {};
}

/** Slack escapes these three in what people type, and nothing else. */
function plainText(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '');
}
