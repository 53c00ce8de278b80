import type { Command } from 'commander';
import type { Offer } from '../../contract/offer.ts';
import type { Section } from '../../contract/preflight.ts';
import type { InstallationFile } from '../../installation/index.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { doctorLines } from '../render/doctor.ts';
import { settingsOf } from '../settings.ts';
import { interruptible } from '../terminal/interruptible.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { readPlan } from './shared/plan-file.ts';

interface DoctorFlags extends InstallationFlags {
  image?: string;
  kubeconfig?: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor <plan>')
    .description('find out in cluster and metrics whether a plan could be rolled out; changes nothing')
    .option('--image <image>', 'try the writes with this image (default: the one that runs)')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, then the pod service account')
    .addOption(installationOption())
    .addHelpText(
      'before',
      'Examples:\n  sluice doctor reviews.yaml\n  sluice doctor reviews.yaml --image reviews:v2 -o json\n',
    )
    .addHelpText(
      'after',
      '\nStep 1 of every rollout finds out the same. Writes are sent with dryRun=All, with the rights of this kubeconfig.\nExit codes: 0 it could start, 12 it would be refused, 10 cluster or metrics do not answer.',
    )
    .action(doctor);
}

/** A source that is away is asked again for so long, ms: somebody waits. */
const PATIENCE_MS = 10_000;

async function doctor(file: string, flags: DoctorFlags, self: Command): Promise<void> {
  const { image, kubeconfig } = flags;
  const terminal = openTerminal(settingsOf(self));
  const plan = await readPlan(file);
  const event = {
    source: 'doctor',
    deliveryId: 'doctor',
    receivedAt: new Date().toISOString(),
    ...(image && { image }),
  };
  const { prometheus, source } = plan.analysis;
  terminal.say(
    `Asking the cluster and ${prometheus ?? (source ? `metric source ${source}` : 'nobody about metrics')} …`,
  );
  const installation = await followInstallation(flags, terminal, 'any');
  const sections = await interruptible((signal) =>
    examine({ kubeconfig, installation }, { id: 'doctor', event, plan }, signal),
  );
  const name = `${plan.namespace}/${plan.name}`;
  const refused = sections.some(({ problems }) => problems.length > 0);
  show(terminal, { plan: name, verdict: refused ? 'refused' : 'fine', sections }, () =>
    doctorLines(name, sections, terminal.look),
  );
  process.exitCode = refused ? EXIT.refused : EXIT.ok;
}

/** Step 1 as the worker makes it, with nothing stored. */
async function examine(
  { kubeconfig, installation }: { kubeconfig?: string; installation: InstallationFile | undefined },
  offer: Offer,
  signal: AbortSignal,
): Promise<Section[]> {
  const [{ clusterUid, connect, rehearsalOf }, { metricSources, noFile, revisionKeys }, { inspectRoutes }, { detect }] =
    await Promise.all([
      import('../../kubernetes/index.ts'),
      import('../../installation/index.ts'),
      import('../../routers/index.ts'),
      import('../../activities/detect.ts'),
    ]);
  const connection = connect({ kubeconfig });
  // what a worker sends in load tests is its own setting
  const turns = { problems: () => [] };
  let sections: Section[] = [];
  const tell = (found: Section[]) => {
    sections = found;
  };
  try {
    const uid = await clusterUid(connection.until(signal));
    const client = rehearsalOf(connection.until(signal), () => {});
    const deps = {
      client,
      clusterUid: uid,
      inspectRoutes,
      prometheus: metricSources(installation ?? noFile('any')),
      turns,
      // only workers need to have them
      revisionKeys: installation && (await revisionKeys(installation)().catch(() => undefined)),
      tell,
    };
    const detected = await detect({ ...deps, patienceMs: PATIENCE_MS }, { offer, cluster: '', run: offer.id });
    if (detected.kind !== 'refused' || sections.length > 0) return sections;
    return [{ subject: 'cluster', problems: detected.problems, warnings: [], facts: [] }];
  } catch (error) {
    throw signal.aborted ? new CliError(EXIT.interrupted, 'interrupted') : unanswered(error);
  } finally {
    await connection.close();
  }
}

/** What keeps from knowing is no verdict. */
function unanswered(error: unknown): unknown {
  const { name, message, reason } = error as Error & { reason?: string };
  if (name === 'SourceAway') return new CliError(EXIT.unreachable, message);
  if (reason === 'forbidden' || reason === 'unauthorized') return new CliError(EXIT.notAllowed, message);
  return name === 'ClusterError' || name === 'UnknownCluster' ? new CliError(EXIT.unreachable, message) : error;
}
