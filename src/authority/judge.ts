/** Whether a statement proves who asks, and whether they may: by the installation that the worker knows, and nothing else. */
import { isDeepStrictEqual } from 'node:util';
import type { Proof, ProofInput } from '../contract/action.ts';
import { rolloutWorkflowId } from '../contract/ids.ts';
import type { Installation, Server } from '../installation/index.ts';
import { allows, mayVouch } from './rights.ts';
import { keyIdOf, readStatement, type Statement, unsigned } from './statement.ts';

/** How old it may be when it is handed in. */
const LIFE_MS = 5 * 60_000;
/** How far the clock of a server may be ahead. */
const SKEW_MS = 60_000;
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;

/** @returns who asks, or why nobody is believed; `unknownKey`: the installation may be about to learn it */
export async function judge(input: ProofInput, installation: Installation): Promise<Proof & { unknownKey?: boolean }> {
  const { statement } = input.action.actor;
  if (statement === undefined) return { refused: 'no server vouches for who asks' };
  const keyId = keyIdOf(statement) ?? '';
  if (!KEY_ID.test(keyId)) return { refused: 'the statement of the server is malformed' };
  const server = installation.servers.find(({ keys }) => keys.includes(keyId));
  if (!server)
    return {
      refused: 'the key of the server is not in the installation of the worker',
      unknownKey: installation.servers.length > 0,
    };
  const said = await readStatement(statement, keyId);
  if (!said) return { refused: `the statement was not made with the key of the server ${server.name}` };
  const misfit = misfitOf(said, input);
  return misfit ? { refused: misfit } : personOf(input, server, keyId, installation);
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
  { action, ...target }: ProofInput,
  server: Server,
  key: string,
  { people, hash }: Installation,
): Proof {
  const { verb, actor } = action;
  const person = people.find(({ name }) => name === actor.name);
  const what = `${verb} ${target.namespace}/${target.plan}`;
  if (!person) return { refused: `${actor.name} is not in the installation of the worker` };
  if (!mayVouch(server, person.name, verb, target))
    return { refused: `the server ${server.name} may not vouch for ${person.name} to ${what}` };
  const grant = person.may.find((one) => allows([one], verb, target));
  if (!grant) return { refused: `${person.name} may not ${what} on cluster ${target.cluster}` };
  // the server knows who is in a group, the worker which groups count
  const groups = person.groups.filter((group) => actor.groups?.includes(group));
  const right = { server: server.name, key, grant, ...(hash && { installation: hash }) };
  return { person: { name: person.name, channel: actor.channel, groups }, right };
}
