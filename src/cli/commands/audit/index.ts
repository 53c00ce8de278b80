import type { Command } from 'commander';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { renderAudit } from '../../render/audit.ts';
import { auditPage } from '../../render/audit-page.ts';
import { connected } from '../../session.ts';
import { settingsOf } from '../../settings.ts';
import { showRows } from '../../terminal/terminal.ts';
import { auditsDir, type InstallationFlags, installationOption } from '../shared/installation.ts';
import { orNotFound } from '../shared/object-name.ts';
import { namespaceOption } from '../shared/options.ts';
import { planName, rolloutIdOf, rolloutOption } from '../shared/plan-name.ts';
import { addExport } from './export.ts';
import { printPopulation, type Times, timeOptions } from './population.ts';
import { addVerify } from './verify.ts';

interface AuditFlags extends Partial<Times>, InstallationFlags {
  namespace?: string;
  rollout?: string;
}

export function addAudit(program: Command): void {
  const [since, until] = timeOptions();
  const audit = program
    .command('audit')
    .argument('[plan]', 'needed without --since')
    .description('print what happened, who did it and why, from the workflow history')
    .addOption(namespaceOption('the plan'))
    .addOption(rolloutOption())
    .addOption(since)
    .addOption(until)
    .addOption(installationOption())
    .addHelpText(
      'before',
      'Examples:\n  sluice audit demo/reviews\n  sluice audit demo/reviews --rollout 7 -o html > reviews-7.html\n  sluice audit export demo/reviews --out audit.json\n  sluice audit verify audit.json\n  sluice audit --since 2026-11-01 -o csv > november.csv\n',
    )
    .action((plan: string | undefined, flags: AuditFlags, command: Command) => audited(plan, flags, command));
  addExport(audit);
  addVerify(audit);
}

async function audited(plan: string | undefined, flags: AuditFlags, command: Command): Promise<void> {
  const { since, until, namespace } = flags;
  const { output } = settingsOf(command);
  if (since === undefined) {
    if (plan === undefined) throw new CliError(EXIT.usage, 'which plan?', 'Name one, or a time with --since.');
    if (until !== undefined || output === 'csv')
      throw new CliError(EXIT.usage, `${until ? '--until' : 'csv'} is for the rollouts of a time`, 'Add --since.');
    return print(plan, flags, command);
  }
  if (flags.rollout !== undefined || output === 'html')
    throw new CliError(EXIT.usage, `${flags.rollout ? '--rollout' : 'html'} is for one rollout`, 'Leave --since out.');
  const name = plan === undefined ? undefined : await planName(plan, namespace);
  const of = { namespace: name?.namespace ?? namespace, plan: name?.name };
  await connected(command, async (session) =>
    printPopulation(session, { since, until }, { ...of, dir: await auditsDir(flags, session.terminal) }),
  );
}

async function print(plan: string, flags: AuditFlags, command: Command): Promise<void> {
  const name = await planName(plan, flags.namespace);
  const { findAudit, toldBy } = await import('../../../audit/index.ts');
  await connected(command, (session) =>
    orNotFound(session, 'plan', name, async () => {
      const { client, settings, terminal } = session;
      const workflowId = rolloutIdOf(settings.cluster, name);
      const { runs, kept } = await findAudit(client, workflowId, flags.rollout, await auditsDir(flags, terminal));
      const told = toldBy(runs);
      const { records } = told;
      if (kept) terminal.say(`Temporal has forgotten it. As exported at ${kept.file.exportedAt}: ${kept.path}`);
      if (terminal.output === 'html') terminal.print(auditPage(told));
      else showRows(terminal, records, () => renderAudit(records, terminal.look));
      return EXIT.ok;
    }),
  );
}
