/** `/sluice …` of a person in Slack. */
import type { RolloutTarget } from '../../authority/index.ts';
import { rolloutWorkflowId } from '../../contract/ids.ts';
import { viewQuery } from '../../contract/messages.ts';
import { cardOf } from '../../notify/slack/card.ts';
import { takeSnapshot, untold, withUntold } from '../../steering/index.ts';
import type { Work } from './answer-later.ts';
import { readCommand, readText, type SlackCommand } from './command.ts';
import { asked, type SlackDeps, steer } from './steer.ts';
import { everybody, onlyYou, type SlackReply } from './text.ts';

/** @returns undefined when it is no slash command */
export function command(
  deps: SlackDeps,
  fields: Record<string, unknown>,
  notes: Record<string, unknown>,
): Work | undefined {
  const given = readCommand(fields);
  if (!given) return undefined;
  Object.assign(notes, { team: given.team, user: given.user });
  return { reply: obey(deps, given, notes), responseUrl: given.responseUrl };
}

async function obey(deps: SlackDeps, given: SlackCommand, notes: Record<string, unknown>): Promise<SlackReply> {
  const read = readText(given.text);
  if ('help' in read) return onlyYou(read.help);
  const { verb, plan, namespace = 'default', ...about } = read;
  notes.verb = verb;
  const target = { cluster: deps.cluster, namespace, plan };
  if (verb === 'status') return asked(deps, given, { what: verb, right: 'view', target }, () => status(deps, target));
  const what = { what: verb, right: verb, target };
  return asked(deps, given, what, async (person) =>
    everybody(await steer(deps, person, what, { id: given.id, verb, ...about })),
  );
}

/** The message of the rollout, for one person. */
async function status({ temporal }: SlackDeps, { cluster, namespace, plan }: RolloutTarget): Promise<SlackReply> {
  const { view, trouble } = await takeSnapshot(temporal, viewQuery, rolloutWorkflowId(cluster, namespace, plan));
  if (view) return { response_type: 'ephemeral', ...cardOf(withUntold(view, await untold(temporal, view))) };
  return onlyYou(trouble ?? 'No worker answers at the moment; the rollout goes on when one is back.');
}
