import type { Command } from 'commander';
import { shareTable } from '../../../contract/shares.ts';
import type { Installation } from '../../../installation/index.ts';
import type { PlanProblem } from '../../../plan/index.ts';
import { formatProblems } from '../../../plan/problem.ts';
import { unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { clean } from '../../render/text.ts';
import { settingsOf } from '../../settings.ts';
import { openTerminal, showRows } from '../../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from '../shared/installation.ts';

interface Checked {
  file: string;
  plan?: string;
  problems: PlanProblem[];
  /** What its weights become, where pods make the shares. */
  shares?: string[];
}

export function addPlanCheck(plan: Command): void {
  plan
    .command('check <files...>')
    .description('check plan files; exit 2 when one has problems')
    .addOption(installationOption())
    .addHelpText('before', 'Examples:\n  sluice plan check reviews.yaml\n  sluice plan check plans/*.yaml -o json\n')
    .action((files: string[], flags: InstallationFlags, command: Command) => check(files, flags, command));
}

async function check(files: string[], flags: InstallationFlags, command: Command): Promise<void> {
  const terminal = openTerminal(settingsOf(command));
  const installation = (await followInstallation(flags, terminal))?.known;
  const checked: Checked[] = [];
  for (const file of files) checked.push(await checkOne(file, installation));
  showRows(terminal, checked, () => checked.flatMap(linesOf).map(clean));
  if (installation?.revisionKeys.length === 0) terminal.say(NO_KEYS);
  process.exitCode = checked.some(({ problems }) => problems.length > 0) ? EXIT.usage : EXIT.ok;
}

const NO_KEYS =
  'Note: the installation has no revisionKeys, so a change of a Secret alone rolls nothing out, and is not noticed during a rollout.';

async function checkOne(file: string, installation: Installation | undefined): Promise<Checked> {
  const [{ loadPlanFile }, { rulesOf, sourceOfFile, namesRule }] = await Promise.all([
    import('../../../plan/index.ts'),
    import('../../../installation/index.ts'),
  ]);
  const source = installation && sourceOfFile(file, installation);
  const rule = source ? rulesOf(source, installation) : installation && namesRule(installation);
  const result = await loadPlanFile(file, file, rule).catch((error) => Promise.reject(unreadable(file, error)));
  if ('problems' in result) return { file, problems: result.problems };
  const shares = shareTable(result.plan);
  return {
    file,
    plan: `${result.plan.namespace}/${result.plan.name}`,
    problems: [],
    ...(shares.length > 0 && { shares }),
  };
}

/** Every file gets its line, so that a pass is seen and not assumed. */
function linesOf({ file, plan, problems, shares = [] }: Checked): string[] {
  if (problems.length > 0) return formatProblems(problems).split('\n');
  return [`${file}: ok (${plan})`, ...shares.map((line) => `  ${line}`)];
}
