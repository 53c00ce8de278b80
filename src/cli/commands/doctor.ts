import type { Command } from 'commander';
import type { Section } from '../../contract/preflight.ts';
import type { Examination } from '../../worker/examine.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { doctorLines } from '../render/doctor.ts';
import { settingsOf } from '../settings.ts';
import { interruptible } from '../terminal/interruptible.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { readPlan } from './shared/plan-file.ts';
import { unanswered } from './shared/unanswered.ts';

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

async function doctor(file: string, flags: DoctorFlags, self: Command): Promise<void> {
  const { image, kubeconfig } = flags;
  const terminal = openTerminal(settingsOf(self));
  const plan = await readPlan(file);
  const { prometheus, source } = plan.analysis;
  terminal.say(
    `Asking the cluster and ${prometheus ?? (source ? `metric source ${source}` : 'nobody about metrics')} …`,
  );
  const installation = await followInstallation(flags, terminal, 'any');
  const sections = await interruptible((signal) => examined({ plan, image, kubeconfig, installation }, signal));
  const name = `${plan.namespace}/${plan.name}`;
  const refused = sections.some(({ problems }) => problems.length > 0);
  show(terminal, { plan: name, verdict: refused ? 'refused' : 'fine', sections }, () =>
    doctorLines(name, sections, terminal.look),
  );
  process.exitCode = refused ? EXIT.refused : EXIT.ok;
}

async function examined(asked: Examination, signal: AbortSignal): Promise<Section[]> {
  const { examine } = await import('../../worker/examine.ts');
  return examine(asked, signal).catch((error) => {
    throw signal.aborted ? new CliError(EXIT.interrupted, 'interrupted') : unanswered(error);
  });
}
