import type { Command } from 'commander';
import type { PlanProblem } from '../../../plan/index.ts';
import { formatProblems } from '../../../plan/problem.ts';
import { EXIT } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { type Settings, settingsOf } from '../../settings.ts';
import { openTerminal, printRows, type Terminal } from '../../terminal/terminal.ts';
import { unreadable } from '../shared/plan-file.ts';

interface Checked {
  file: string;
  plan?: string;
  problems: PlanProblem[];
}

export function addPlan(program: Command): void {
  program
    .command('plan')
    .description('work with plan files')
    .command('check <files...>')
    .description('check plan files; exit 2 when one has problems')
    .addHelpText('before', 'Examples:\n  sluice plan check reviews.yaml\n  sluice plan check plans/*.yaml -o json\n')
    .action((files: string[], _flags: object, command: Command) => check(files, command));
}

async function check(files: string[], command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const checked: Checked[] = [];
  for (const file of files) checked.push(await checkOne(file));
  show(checked, settings, terminal);
  process.exitCode = checked.some(({ problems }) => problems.length > 0) ? EXIT.usage : EXIT.ok;
}

async function checkOne(file: string): Promise<Checked> {
  const { loadPlanFile } = await import('../../../plan/index.ts');
  const result = await loadPlanFile(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  if ('problems' in result) return { file, problems: result.problems };
  return { file, plan: `${result.plan.namespace}/${result.plan.name}`, problems: [] };
}

/** Every file gets its line, so that a pass is seen and not assumed. */
function show(checked: Checked[], settings: Settings, terminal: Terminal): void {
  if (settings.output !== 'text') {
    printRows(terminal, settings, checked);
    return;
  }
  for (const { file, plan, problems } of checked) {
    const text = problems.length > 0 ? formatProblems(problems) : `${file}: ok (${plan})`;
    for (const line of text.split('\n')) terminal.print(clean(line));
  }
}
