/** The whole step: event, waiting, telling. */
import { randomUUID } from 'node:crypto';
import { CliError, EXIT, type ExitCode, type OfferAnswer, offerLines, renderRollout, rolloutPath } from 'sluice/cli';
import { ask } from './ask.ts';
import { GithubDeployment } from './deployment.ts';
import { type Followed, follow } from './follow.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { JobTokens } from './job-tokens.ts';
import type { Runner } from './runner.ts';
import { plain, summaryOf } from './summary.ts';

type EventAnswer = { delivery: string; offers: OfferAnswer[]; nothing?: string };

const LOOK = { width: 110, color: false, unicode: true };

/** @param cancelled aborts when the job is  @returns the exit code of the outcome, as of `sluice run -w` */
export async function deploy(runner: Runner, cancelled: AbortSignal): Promise<ExitCode> {
  let deployment: GithubDeployment | undefined;
  let sent = false;
  try {
    const inputs = readInputs(runner.env);
    runner.mask(inputs.token ?? '');
    runner.mask(inputs['github-token'] ?? '');
    const tokens = new JobTokens(runner, inputs.audience);
    const token = () => inputs.token ?? tokens.take();
    // whoever may not look starts nothing
    await ask({ url: `${inputs.server}/api/v1/me`, token, signal: cancelled });
    deployment = await GithubDeployment.begin(runner, inputs);
    const answer = await send(runner, inputs, tokens, cancelled);
    sent = true;
    runner.say(`${inputs.sender} has sent ${answer.delivery}`);
    const followed = await followAll(runner, inputs, tokens, answer, cancelled);
    const worst = followed.find(({ code }) => code !== EXIT.ok) ?? followed[0];
    if (!worst) throw new CliError(EXIT.unexpected, `the event starts nothing: ${answer.nothing}`);
    await conclude(runner, worst, deployment);
    return worst.code;
  } catch (error) {
    if (sent) runner.say('The event was taken: what it has started goes on.');
    const isCut = cancelled.aborted && !(error instanceof CliError);
    const cut = new CliError(EXIT.interrupted, 'Stopped. Where the event was under way, the rollout goes on.');
    return failed(runner, isCut ? cut : (error as Error), deployment);
  }
}

/** Tried again it has the same id, so it counts once. */
async function send(runner: Runner, inputs: Inputs, tokens: JobTokens, signal: AbortSignal): Promise<EventAnswer> {
  const { server, sender, image, plan, reason } = inputs;
  const { GITHUB_RUN_ID: run = 'run', GITHUB_RUN_ATTEMPT: attempt = '1' } = runner.env;
  return ask<EventAnswer>({
    url: `${server}/hooks/deploy/${sender}`,
    body: { image, plan, reason },
    headers: { 'webhook-id': `${run}-${attempt}-${randomUUID()}` },
    token: () => tokens.take(),
    signal,
  });
}

async function followAll(
  runner: Runner,
  inputs: Inputs,
  tokens: JobTokens,
  { offers, delivery }: EventAnswer,
  cancelled: AbortSignal,
): Promise<Followed[]> {
  const { timeoutMs } = inputs;
  const signal = timeoutMs === undefined ? cancelled : AbortSignal.any([cancelled, AbortSignal.timeout(timeoutMs)]);
  return Promise.all(
    offers.map(async (offer) => {
      const name = `${offer.namespace}/${offer.plan}`;
      for (const line of offerLines(offer)) runner.say(line);
      const path = rolloutPath(inputs.cluster, { namespace: offer.namespace, name: offer.plan });
      const followed = await follow({
        ...{ offer, signal, failFast: inputs.failFast, intervalMs: inputs.intervalMs },
        delivery: `${inputs.sender}/${delivery}`,
        // looked at again soon anyway
        look: (below) =>
          ask({
            url: `${inputs.server}/api/v1${path}${below}`,
            token: () => inputs.token ?? tokens.take(),
            ...{ signal, tries: 1 },
          }),
        say: (line) => runner.say(offers.length > 1 ? `${name} ${line}` : line),
      });
      tell(runner, inputs, name, followed);
      return followed;
    }),
  );
}

/** The last picture, what can be done where it goes on, and the summary. */
function tell(runner: Runner, { server, cluster }: Inputs, name: string, followed: Followed): void {
  const { code, view, reason } = followed;
  if (view) {
    const picture = { view, live: {}, workers: 'unknown' as const, now: new Date(), watching: false };
    for (const line of renderRollout(picture, LOOK)) runner.say(line);
  }
  runner.say(`${name}: ${reason}`);
  if (code === EXIT.interrupted || code === EXIT.timeout || code === EXIT.needsYou) {
    const where = cluster === 'local' ? '' : ` --cluster ${cluster}`;
    runner.say(`To stop the rollout: sluice abort ${name}${where} --server ${server} --reason "…"`);
  }
  runner.summary(summaryOf(name, followed));
}

async function conclude(runner: Runner, worst: Followed, deployment?: GithubDeployment): Promise<void> {
  const { code, outcome, reason, rollout = '' } = worst;
  for (const [name, value] of Object.entries({ outcome, reason, rollout })) runner.output(name, value);
  if (code !== EXIT.ok) runner.annotate('error', `${rollout} ${outcome}: ${reason}`.trim());
  // a cancelled job has a few seconds left
  await deployment?.end(code, reason || outcome, code === EXIT.interrupted ? 1 : undefined);
}

async function failed(runner: Runner, error: Error, deployment?: GithubDeployment): Promise<ExitCode> {
  const { code, hint } = error instanceof CliError ? error : { code: EXIT.unexpected, hint: undefined };
  for (const message of error.message.split('\n')) runner.annotate('error', message);
  if (hint) runner.say(hint);
  runner.output('outcome', 'error');
  runner.output('reason', error.message);
  runner.summary(`### ❌ ${plain([error.message, hint].filter(Boolean).join('; '))}\n`);
  await deployment?.end(code, error.message);
  return code;
}
