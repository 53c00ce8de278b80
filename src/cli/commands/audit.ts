import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { renderAudit } from '../render/audit.ts';
import { connected } from '../session.ts';
import { showRows } from '../terminal/terminal.ts';
import { orNotFound } from './shared/object-name.ts';
import { namespaceOption } from './shared/options.ts';
import { planName, rolloutIdOf } from './shared/plan-name.ts';

interface AuditFlags {
  namespace?: string;
  run?: string;
}

export function addAudit(program: Command): void {
  program
    .command('audit <plan>')
    .description('print what happened, who did it and why, from the workflow history')
    .addOption(namespaceOption('the plan'))
    .option('--run <id>', 'Temporal run id of an earlier rollout; `sluice list -o json` has them')
    .addHelpText(
      'before',
      'Examples:\n  sluice audit demo/reviews\n  sluice audit demo/reviews -o jsonl > audit.jsonl\n',
    )
    .action((plan: string, flags: AuditFlags, command: Command) => audit(plan, flags, command));
}

async function audit(plan: string, { namespace, run }: AuditFlags, command: Command): Promise<void> {
  const name = await planName(plan, namespace);
  const { readAudit } = await import('../../audit/index.ts');
  await connected(command, (session) =>
    orNotFound(session, 'plan', name, async () => {
      const { client, settings, terminal } = session;
      const records = await readAudit(client, rolloutIdOf(settings.cluster, name), run);
      showRows(terminal, records, () => renderAudit(records, terminal.look));
      return EXIT.ok;
    }),
  );
}
