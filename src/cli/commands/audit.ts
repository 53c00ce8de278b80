import type { Command } from 'commander';
import { renderAudit } from '../render/audit.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, printRows } from '../terminal/terminal.ts';
import { notFound } from './shared/not-found.ts';
import { planName, workflowIdOf } from './shared/plan-name.ts';

interface AuditFlags {
  namespace?: string;
  run?: string;
}

export function addAudit(program: Command): void {
  program
    .command('audit <plan>')
    .description('print what happened, who did it and why, from the workflow history')
    .option('-n, --namespace <name>', 'Kubernetes namespace of the plan (default: "default")')
    .option('--run <id>', 'Temporal run id of an earlier rollout; `sluice list -o json` has them')
    .addHelpText(
      'before',
      'Examples:\n  sluice audit demo/reviews\n  sluice audit demo/reviews -o jsonl > audit.jsonl\n',
    )
    .action((plan: string, flags: AuditFlags, command: Command) => audit(plan, flags, command));
}

async function audit(plan: string, flags: AuditFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const name = await planName(plan, flags.namespace);
  const [{ withClient }, { readAudit }] = await Promise.all([import('../temporal.ts'), import('../../audit/index.ts')]);
  const records = await withClient(settings, (client) =>
    notFound(settings, name, () => readAudit(client, workflowIdOf(settings.cluster, name), flags.run)),
  );
  if (settings.output !== 'text') return printRows(terminal, settings, records);
  for (const line of renderAudit(records, terminal.look)) terminal.print(line);
}
