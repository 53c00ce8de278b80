import type { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import { renderAudit } from '../../render/audit.ts';
import { auditPage } from '../../render/audit-page.ts';
import { connected } from '../../session.ts';
import { showRows } from '../../terminal/terminal.ts';
import { orNotFound } from '../shared/object-name.ts';
import { namespaceOption } from '../shared/options.ts';
import { planName, rolloutIdOf, rolloutOption } from '../shared/plan-name.ts';
import { addExport } from './export.ts';
import { addVerify } from './verify.ts';

interface AuditFlags {
  namespace?: string;
  rollout?: string;
}

export function addAudit(program: Command): void {
  const audit = program
    .command('audit')
    .argument('<plan>')
    .description('print what happened, who did it and why, from the workflow history')
    .addOption(namespaceOption('the plan'))
    .addOption(rolloutOption())
    .addHelpText(
      'before',
      'Examples:\n  sluice audit demo/reviews\n  sluice audit demo/reviews --rollout 7 -o html > reviews-7.html\n  sluice audit export demo/reviews --out audit.json\n  sluice audit verify audit.json\n',
    )
    .action((plan: string, flags: AuditFlags, command: Command) => print(plan, flags, command));
  addExport(audit);
  addVerify(audit);
}

async function print(plan: string, flags: AuditFlags, command: Command): Promise<void> {
  const name = await planName(plan, flags.namespace);
  const { readAudit } = await import('../../../audit/index.ts');
  await connected(command, (session) =>
    orNotFound(session, 'plan', name, async () => {
      const { client, settings, terminal } = session;
      const workflowId = rolloutIdOf(settings.cluster, name);
      const told = await readAudit(client, workflowId, flags.rollout);
      const { records } = told;
      if (terminal.output === 'html') terminal.print(auditPage(told));
      else showRows(terminal, records, () => renderAudit(records, terminal.look));
      return EXIT.ok;
    }),
  );
}
