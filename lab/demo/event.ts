/** What a registry or a CI job sends when an image was pushed: a deploy event, signed as Standard Webhooks 1.0.0 says. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { parseSecrets, sign } from '../../src/network/standard-webhooks.ts';
import { LabError } from '../index.ts';
import { SENDER, SERVER, say } from '../story/index.ts';

const PATH = `/hooks/deploy/${SENDER}`;
const MOST_TRIES = 10;
/** Between two tries; the first answer came after 2 s already. */
const PAUSE_MS = 500;
/** A server that has to be started first answers late. */
const LONGEST_MS = 30_000;

/** Sends it and shows request and answer. @returns when it was sent, epoch ms @throws LabError unless a rollout started */
export async function sendEvent(image: string, reason: string, secret: string): Promise<number> {
  const body = JSON.stringify({ image, by: 'ci', reason });
  const [key] = parseSecrets([secret]);
  if (!key) throw new LabError('there is no webhook secret');
  const sentAt = new Date();
  const signed = sign(randomUUID(), sentAt, body, key);
  say(`> POST ${SERVER}${PATH}  webhook-signature: ${signed['webhook-signature'].slice(0, 10)}…`);
  say(`> ${body}`);
  for (let tries = 1; ; tries += 1) {
    const headers = { 'content-type': 'application/json', ...signed };
    const response = await fetch(`${SERVER}${PATH}`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const answer = await response.text();
    say(`< ${response.status} ${answer}`);
    if (namesRollout(answer)) return sentAt.getTime();
    // Stored, but not begun within 2 s: a busy machine. The same delivery again starts nothing twice.
    const underWay = response.status === 202 || response.status === 200;
    if (!underWay || tries === MOST_TRIES) throw new LabError(`the event for ${image} started no rollout`);
    say('> the same delivery again, to hear what became of it');
    await setTimeout(PAUSE_MS);
  }
}

function namesRollout(answer: string): boolean {
  const { offers = [] } = JSON.parse(answer) as { offers?: { rollout?: string }[] };
  return offers.some(({ rollout }) => rollout !== undefined);
}
