import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { OfferAnswer } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { formatImage, type ImageReference, parseImage } from '../../plan/image.ts';
import { type ExitCode, offerCode } from '../exit-codes.ts';
import { offerLines } from '../render/offer.ts';
import { clean } from '../render/text.ts';
import { findServer, serverOption } from '../server/find-server.ts';
import { connected, type Session } from '../session.ts';
import { settingsOf } from '../settings.ts';
import { findWorkers } from '../temporal/find-workers.ts';
import { follow } from '../terminal/follow.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { addWatchOptions, byOption, type WatchFlags } from './shared/options.ts';
import { readPlan } from './shared/plan-file.ts';
import { rolloutIdOf } from './shared/plan-name.ts';

interface RunFlags extends WatchFlags {
  image: ImageReference;
  by: string;
  reason?: string;
  watch?: boolean;
  server?: string;
}

type Handed = { delivery: string; offer: OfferAnswer };

export function addRun(program: Command): void {
  const command = program
    .command('run <plan-file>')
    .description('roll out an image by a plan; with -w watch it until it ends')
    .requiredOption('--image <image>', 'name:tag, name@digest or name:tag@digest', imageOption)
    .option('-w, --watch', 'follow the rollout; the exit code tells the outcome')
    .addOption(serverOption())
    .addOption(byOption())
    .option('--reason <text>', 'why; kept in the audit')
    .addHelpText(
      'before',
      'Examples:\n  sluice run reviews.yaml --image reviews:v2\n  sluice run reviews.yaml --image reviews:v2 -w --timeout 1h\n',
    );
  addWatchOptions(command).action(async (file: string, flags: RunFlags, self: Command) => {
    const plan = await readPlan(file);
    const settings = settingsOf(self);
    const access = await findServer(flags.server, settings);
    if (!access)
      return connected(self, async (session) => started(session, plan, flags, await hand(session, plan, flags)));
    const { askServer, rolloutPath } = await import('../server/ask-server.ts');
    const asked = { id: randomUUID(), planText: await readFile(file, 'utf8'), image: formatImage(flags.image) };
    const path = `${rolloutPath(settings.cluster, plan)}/offers`;
    const { url, token } = access;
    const { answer: handed } = await askServer<Handed>(url, path, token, { ...asked, reason: flags.reason });
    if (flags.watch) return connected(self, (session) => started(session, plan, flags, handed));
    process.exitCode = await conclude({ settings, terminal: openTerminal(settings) }, handed.offer);
  });
}

function imageOption(text: string): ImageReference {
  const image = parseImage(text);
  if (!image || !(image.tag ?? image.digest))
    throw new InvalidArgumentError('Write an image with a tag or digest, for example reviews:v2.');
  return image;
}

/** Straight to Temporal: nobody is proven, so it is taken where nobody is asked for proofs. */
async function hand({ client, settings }: Session, plan: Plan, { image, by, reason }: RunFlags): Promise<Handed> {
  const { deliver, newDelivery } = await import('../../intake/index.ts');
  const delivery = newDelivery({
    cluster: settings.cluster,
    source: 'cli',
    id: randomUUID(),
    request: { image, plan: `${plan.namespace}/${plan.name}`, by, reason },
    plan,
    receivedAt: new Date(),
  });
  const { offer } = await deliver(client, delivery);
  return { delivery: delivery.offer.id, offer };
}

async function started(session: Session, plan: Plan, flags: RunFlags, { delivery, offer }: Handed): Promise<ExitCode> {
  const running = offer.status !== 'rejected' && (offer.status !== 'unchanged' || offer.rollout !== undefined);
  if (!flags.watch || !running) return conclude(session, offer);
  for (const line of offerLines(offer, true)) session.terminal.say(line);
  return follow(session, {
    ...flags,
    workflowId: rolloutIdOf(session.settings.cluster, plan),
    delivery: offer.status === 'unchanged' ? undefined : delivery,
  });
}

/** The offer's status is the result; the next command is for the person. */
async function conclude(
  { client, settings, terminal }: Omit<Session, 'client' | 'address'> & Partial<Session>,
  offer: OfferAnswer,
): Promise<ExitCode> {
  const workers = client && offer.status === 'pending' ? await findWorkers(client, settings.cluster) : 'unknown';
  show(terminal, offer, () => offerLines(offer, workers !== 'none').map(clean));
  const { status, namespace, plan } = offer;
  if (status !== 'rejected' && status !== 'unchanged') {
    const cluster = settings.cluster === 'local' ? '' : ` --cluster ${settings.cluster}`;
    terminal.say(`Watch it: sluice get ${namespace}/${plan} -w${cluster}`);
  }
  return offerCode(offer, workers !== 'none');
}
