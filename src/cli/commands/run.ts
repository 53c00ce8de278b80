import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { type Command, InvalidArgumentError } from 'commander';
import type { OfferAnswer } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { type ImageReference, parseImage } from '../../plan/image.ts';
import { CliError } from '../errors.ts';
import { EXIT, type ExitCode, offerCode } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { loginName, type Settings, settingsOf } from '../settings.ts';
import { findWorkers } from '../temporal/find-workers.ts';
import { follow } from '../terminal/follow.ts';
import { openTerminal, printData, type Terminal } from '../terminal/terminal.ts';
import { readPlan } from './shared/plan-file.ts';
import { workflowIdOf } from './shared/plan-name.ts';
import { addWatchOptions, type WatchFlags } from './shared/watch-options.ts';

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
    .option('--by <name>', 'who asks', loginName())
    .option('--reason <text>', 'why; kept in the audit')
    .addHelpText(
      'before',
      'Examples:\n  sluice run reviews.yaml --image reviews:v2\n  sluice run reviews.yaml --image reviews:v2 -w --timeout 1h\n',
    );
  addWatchOptions(command).action((file: string, flags: RunFlags, self: Command) => run(file, flags, self));
}

function imageOption(text: string): ImageReference {
  const image = parseImage(text);
  if (!image) throw new InvalidArgumentError('Write an image with a tag or digest, for example reviews:v2.');
  return image;
}

async function run(file: string, flags: RunFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const plan = await readPlan(file);
  const { withClient } = await import('../temporal.ts');
  process.exitCode = await withClient(settings, (client) => start(client, settings, terminal, plan, flags));
}

async function start(
  client: Client,
  settings: Settings,
  terminal: Terminal,
  plan: Plan,
  flags: RunFlags,
): Promise<ExitCode> {
  const { deliver, newDelivery } = await import('../../intake/index.ts');
  const { image, by, reason } = flags;
  const request = { image, plan: `${plan.namespace}/${plan.name}`, by, reason };
  const id = randomUUID();
  const delivery = newDelivery({
    cluster: settings.cluster,
    source: 'cli',
    id,
    request,
    plans: [plan],
    receivedAt: new Date(),
  });
  const delivered = await deliver(client, delivery);
  const offer = delivered.kind === 'conflict' ? undefined : delivered.answer.offers[0];
  if (!offer) throw new CliError(EXIT.conflict, 'another delivery has the same id; nothing was done');
  const running = offer.status !== 'rejected' && (offer.status !== 'unchanged' || offer.rollout !== undefined);
  if (!flags.watch || !running) return conclude(client, settings, terminal, offer);
  for (const line of offerLines(offer, true)) terminal.say(line);
  return follow(client, settings, terminal, {
    workflowId: workflowIdOf(settings.cluster, { namespace: plan.namespace, plan: plan.name }),
    delivery: offer.status === 'unchanged' ? undefined : delivery.offers[0]?.id,
    failFast: flags.failFast ?? false,
    timeoutMs: flags.timeout,
  });
}

/** The offer's status is the result; the next command is for the person. */
async function conclude(client: Client, settings: Settings, terminal: Terminal, offer: OfferAnswer): Promise<ExitCode> {
  const workers = offer.status === 'pending' ? await findWorkers(client, settings.cluster) : 'unknown';
  if (settings.output !== 'text') printData(terminal, settings, offer);
  else for (const line of offerLines(offer, workers !== 'none')) terminal.print(clean(line));
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
