/** A pressed button, or a reason that was typed: `block_actions` in Slack's documentation of interaction payloads. */
import type { RolloutTarget } from '../../authority/index.ts';
import { type Pressed, readButton } from '../../notify/slack/button.ts';
import { remark } from '../../steering/index.ts';
import type { Work } from './answer-later.ts';
import { asked, type SlackDeps, type SlackWish, steer } from './steer.ts';
import { everybody, onlyYou, type SlackReply } from './text.ts';
import { readUser, type SlackUser } from './user.ts';

/** The parts of it that are read. */
interface Payload {
  type?: string;
  enterprise?: { id?: string } | null;
  team?: { id?: string } | null;
  user?: { id?: string; team_id?: string };
  trigger_id?: string;
  response_url?: string;
  container?: { message_ts?: string; thread_ts?: string; is_ephemeral?: boolean };
  actions?: { action_id?: string; block_id?: string; value?: string }[];
}

/** @returns undefined when there is nothing to do */
export function interaction(deps: SlackDeps, payload: Payload, notes: Record<string, unknown>): Work | undefined {
  const { type, actions: [pressed] = [], container = {} } = payload;
  const user = userOf(payload);
  if (type !== 'block_actions' || !pressed || !user) return undefined;
  const { action_id: action = '', block_id: block = '', value = '' } = pressed;
  Object.assign(notes, { team: user.team, user: user.user, verb: action });
  const button = readButton(action, value);
  const reply = action.startsWith(WHY)
    ? takeReason(deps, user, block, action.slice(WHY.length), value)
    : button && press(deps, user, button, container);
  return reply && { reply, responseUrl: user.responseUrl };
}

/** In a shared channel people keep their own team, and the organisation is of the team that has the app. */
function userOf({ enterprise, team, user, trigger_id: trigger, response_url: url }: Payload): SlackUser | undefined {
  const own = user?.team_id ?? team?.id;
  const home = !team || own === team.id;
  return readUser({ enterprise: home ? enterprise?.id : undefined, team: own, user: user?.id, trigger, url });
}

type Container = NonNullable<Payload['container']>;

function press(deps: SlackDeps, user: SlackUser, pressed: Pressed, container: Container): Promise<SlackReply> {
  const { verb, cluster, namespace, plan, ...meant } = pressed;
  const target = { cluster, namespace, plan };
  const what = { what: meant.answer ? `answer ${meant.answer} for` : verb, right: verb, target };
  return asked(deps, user, what, async (person) => {
    const text = await steer(deps, person, what, { id: user.id, verb, ...meant });
    return verb === 'abort' ? askWhy(text, target, meant.rollout, container) : onlyYou(text);
  });
}

const WHY = 'why:';
const LONGEST_ID = 255;
const LONGEST_REASON = 500;

/** An abort waits for no word; the reason is asked for afterwards, in the thread of the rollout. */
function askWhy(text: string, target: RolloutTarget, rollout: string, container: Container): SlackReply {
  const ids = { block_id: `${target.cluster}/${target.namespace}/${target.plan}`, action_id: `${WHY}${rollout}` };
  const { message_ts, thread_ts = message_ts, is_ephemeral: alone } = container;
  const said = { ...everybody(text), ...(thread_ts && !alone && { thread_ts }) };
  if (Object.values(ids).some((id) => id.length > LONGEST_ID)) return said;
  const { action_id, block_id } = ids;
  const dispatch_action_config = { trigger_actions_on: ['on_enter_pressed'] };
  const element = { type: 'plain_text_input', action_id, max_length: LONGEST_REASON, dispatch_action_config };
  const label = { type: 'plain_text', text: 'Why? Enter sends it' };
  const section = { type: 'section', text: { type: 'mrkdwn', text: said.text, verbatim: true } };
  return { ...said, blocks: [section, { type: 'input', block_id, dispatch_action: true, label, element }] };
}

function takeReason(
  deps: SlackDeps,
  user: SlackUser,
  about: string,
  rollout: string,
  text: string,
): Promise<SlackReply> {
  const [cluster = '', namespace = '', plan = ''] = about.split('/');
  const what: SlackWish = { what: 'give a reason for', right: 'abort', target: { cluster, namespace, plan } };
  return asked(deps, user, what, async ({ person: { name } }) => {
    if (text.trim() === '') return onlyYou('A reason has words.');
    await remark(deps.temporal, what.target, { rollout, by: `${name} · slack`, text: text.slice(0, LONGEST_REASON) });
    return { ...everybody(`${name} aborted ${rollout}: ${text}`), replace_original: true };
  });
}
