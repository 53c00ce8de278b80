/** Whether a statement proves who asks, and whether they may: by the installation that the worker knows, and nothing else. */
import { isDeepStrictEqual } from 'node:util';
import type { Proof, ProofInput, Right } from '../contract/action.ts';
import { rolloutWorkflowId } from '../contract/ids.ts';
import type { Grant, Installation, Person, Server } from '../installation/index.ts';
import { allows, mayVouch, type RolloutTarget } from './rights.ts';
import { type Disbelieved, open, type Statement, unsigned } from './statement.ts';

/** How old it may be when it is handed in. */
const LIFE_MS = 5 * 60_000;
/** How far the clock of a server may be ahead. */
export const SKEW_MS = 60_000;

/** @returns who asks, or why nobody is believed */
export async function judge(input: ProofInput, installation: Installation): Promise<Proof | Disbelieved> {
  const { statement } = input.action.actor;
  if (statement === undefined) return { refused: 'no server vouches for who asks' };
  const opened = await open<Statement>('sluice-action', statement, installation);
  if ('refused' in opened) return opened;
  const misfit = misfitOf(opened.said, input);
  return misfit ? { refused: misfit } : personOf(input, opened, installation);
}

/** It must be about this action, here and now. */
function misfitOf({ cluster, workflow, action, iat }: Statement, input: ProofInput): string | undefined {
  if (!isDeepStrictEqual(action, unsigned(input.action))) return 'the statement is about another action';
  const target = rolloutWorkflowId(input.cluster, input.namespace, input.plan);
  if (cluster !== input.cluster || workflow !== target || input.workflow !== target)
    return `the statement is about ${workflow}, not about ${input.workflow}`;
  if (!action.rollout) return 'the statement names no rollout';
  const ageMs = input.atMs - iat * 1000;
  if (!(ageMs <= LIFE_MS)) return 'the statement is older than 5 minutes';
  return ageMs < -SKEW_MS ? 'the statement is from the future' : undefined;
}

function personOf(
  { action: { verb, actor }, ...target }: ProofInput,
  { server, key }: { server: Server; key: string },
  known: Installation,
): Proof {
  const person = personWho(actor.name, [verb], target, server, known);
  if ('refused' in person) return person;
  const grant = person.may.find((one) => allows([one], verb, target)) as Grant;
  // the server knows who is in a group, the worker which groups count
  const groups = person.groups.filter((group) => actor.groups?.includes(group));
  const right = { server: server.name, key, grant, ...(known.hash && { installation: known.hash }) };
  return { person: { name: person.name, channel: actor.channel, groups }, right };
}

/** Both the server must be believed about them and they must be allowed; or why not. */
export function personWho(
  name: string,
  rights: readonly Right[],
  target: RolloutTarget,
  server: Server,
  { people }: Installation,
): Person | { refused: string } {
  const person = people.find((one) => one.name === name);
  if (!person) return { refused: `${name} is not in the installation of the worker` };
  for (const right of rights) {
    const what = `${right} ${target.namespace}/${target.plan}`;
    if (!mayVouch(server, name, right, target))
      return { refused: `the server ${server.name} may not vouch for ${name} to ${what}` };
    if (!allows(person.may, right, target)) return { refused: `${name} may not ${what} on cluster ${target.cluster}` };
  }
  return person;
}
