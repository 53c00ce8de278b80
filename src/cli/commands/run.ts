import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { OfferAnswer } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { type ImageReference, parseImage } from '../../plan/image.ts';
import { type ExitCode, offerCode } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { connected, type Session } from '../session.ts';
import { findWorkers } from '../temporal/find-workers.ts';
import { follow } from '../terminal/follow.ts';
import { show } from '../terminal/terminal.ts';
import { addWatchOptions, byOption, type WatchFlags } from './shared/options.ts';
import { readPlan } from './shared/plan-file.ts';
import { rolloutIdOf } from './shared/plan-name.ts';

interface RunFlags extends WatchFlags {
  image: ImageReference;
  by: string;
  reason?: string;
  watch?: boolean;
}

export function addRun(program: Command): void {
  const command = program
    .command('run <plan-file>')
    .description('roll out an image by a plan; with -w watch it until it ends')
    .requiredOption('--image <image>', 'name:tag, name@digest or name:tag@digest', imageOption)
    .option('-w, --watch', 'follow the rollout; the exit code tells the outcome')
    .addOption(byOption())
    .option('--reason <text>', 'why; kept in the audit')
    .addHelpText(
      'before',
      'Examples:\n  sluice run reviews.yaml --image reviews:v2\n  sluice run reviews.yaml --image reviews:v2 -w --timeout 1h\n',
    );
  addWatchOptions(command).action(async (file: string, flags: RunFlags, self: Command) => {
    const plan = await readPlan(file);
    return connected(self, (session) => start(session, plan, flags));
  });
}

function imageOption(text: string): ImageReference {
  const image = parseImage(text);
  if (!image || !(image.tag ?? image.digest))
    throw new InvalidArgumentError('Write an image with a tag or digest, for example reviews:v2.');
  return image;
}

async function start(session: Session, plan: Plan, flags: RunFlags): Promise<ExitCode> {
  const { client, settings, terminal } = session;
  const { deliver, newDelivery } = await import('../../intake/index.ts');
  const { image, by, reason } = flags;
  const delivery = newDelivery({
    cluster: settings.cluster,
    source: 'cli',
    id: randomUUID(),
    request: { image, plan: `${plan.namespace}/${plan.name}`, by, reason },
    plan,
    receivedAt: new Date(),
  });
  const { offer } = await deliver(client, delivery);
  const running = offer.status !== 'rejected' && (offer.status !== 'unchanged' || offer.rollout !== undefined);
  if (!flags.watch || !running) return conclude(session, offer);
  for (const line of offerLines(offer, true)) terminal.say(line);
  return follow(session, {
    ...flags,
    workflowId: rolloutIdOf(settings.cluster, plan),
    delivery: offer.status === 'unchanged' ? undefined : delivery.offer.id,
  });
}

/** The offer's status is the result; the next command is for the person. */
async function conclude({ client, settings, terminal }: Session, offer: OfferAnswer): Promise<ExitCode> {
  const workers = offer.status === 'pending' ? await findWorkers(client, settings.cluster) : 'unknown';
  show(terminal, offer, () => offerLines(offer, workers !== 'none').map(clean));
  const { status, namespace, plan } = offer;
  if (status !== 'rejected' && status !== 'unchanged') {
    const cluster = settings.cluster === 'local' ? '' : ` --cluster ${settings.cluster}`;
    terminal.say(`Watch it: sluice get ${namespace}/${plan} -w${cluster}`);
  }
  return offerCode(offer, workers !== 'none');
}

const SENTENCES: Record<OfferAnswer['status'], string> = {
  started: 'started',
  unchanged: 'nothing to do',
  superseding: 'takes the place of what runs',
  queued: 'waits in line',
  rejected: 'refused',
  duplicate: 'taken before',
  pending: 'stored; the answer is still to come',
};

function offerLines({ plan, namespace, status, rollout, reason, problems }: OfferAnswer, hasWorker: boolean): string[] {
  const name = status === 'started' && rollout ? rollout : `${namespace}/${plan}`;
  const sentence = hasWorker
    ? SENTENCES[status]
    : 'stored, but no worker is polling. Nothing is lost: it starts when one is';
  const details = (problems ?? []).map(({ where, problem, remedy }) => `  ${where}: ${problem}; ${remedy}`);
  return [`${name}: ${sentence}${reason && details.length === 0 ? `: ${reason}` : ''}`, ...details];
}
