import type { Command } from 'commander';
import type { Imported, SourceObject } from '../../importing/index.ts';
import type { PlanProblem } from '../../plan/index.ts';
import { CliError, unreadable } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { renderImport } from '../render/importing.ts';
import { clean } from '../render/text.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show, type Terminal } from '../terminal/terminal.ts';
import { namespaceOption } from './shared/options.ts';
import { writeNew, yamlText } from './shared/write-new.ts';

interface ImportFlags {
  to?: string;
  namespace?: string;
  gateway?: string;
  check?: boolean;
}

const EXAMPLES = `Examples:
  sluice import canary.yaml services.yaml             the plan and its objects, and what became of each field
  kustomize build overlays/live | sluice import -     what a tool prints
  sluice import deploy/ --to plans/                   a file for each plan, one for its objects
  sluice import deploy/ --check                       mistakes, for who stays with Flagger or Argo
`;

/** `sluice import` */
export function addImport(program: Command): void {
  program
    .command('import <files...>')
    .description("make plans of Flagger's Canaries and Argo's Rollouts; files, directories, - for stdin")
    .option('--to <dir>', 'write NAME.yaml and NAME.objects.yaml there; no file is replaced')
    .addOption(namespaceOption('objects that name none'))
    .option('--gateway <name>', 'NAMESPACE/NAME of the Gateway that gets the routes of an Ingress (default: "gateway")')
    .option('--check', 'look for mistakes in the files alone')
    .addHelpText('before', EXAMPLES)
    .addHelpText(
      'after',
      '\nPlans are YAML on stdout, what became of each field is on stderr; with -o json both on stdout.\nExit 0: all is kept. 3: something is changed, lost or refused. 2: the files cannot be read.',
    )
    .action((files: string[], flags: ImportFlags, command: Command) => importFiles(files, flags, command));
}

async function importFiles(files: string[], flags: ImportFlags, command: Command): Promise<void> {
  const terminal = openTerminal(settingsOf(command));
  const { importObjects, findMistakes } = await import('../../importing/index.ts');
  const objects = await readAll(files);
  const options = { namespace: flags.namespace ?? 'default', gateway: flags.gateway };
  const imported = importObjects(objects, options);
  if (imported.length === 0)
    throw new CliError(
      EXIT.usage,
      'there is no Canary and no Rollout in it',
      'Name the files that hold them, and the objects beside them.',
    );
  if (flags.check) return showMistakes(terminal, findMistakes(objects, options));
  const documents = await Promise.all(imported.map(documentsOf));
  if (flags.to !== undefined) await write(flags.to, imported, documents);
  showImported(terminal, imported, { documents, written: flags.to !== undefined });
  const whole = imported.every(({ plan, rows }) => plan && rows.every(({ result }) => result === 'kept'));
  process.exitCode = whole ? EXIT.ok : EXIT.failed;
}

/** All files together: a Canary's Services may lie in another one. */
async function readAll(files: readonly string[]): Promise<SourceObject[]> {
  const { readObjects } = await import('../../importing/index.ts');
  const { formatProblems } = await import('../../plan/problem.ts');
  const read = (await textsOf(files)).map(({ file, text }) => readObjects(text, file));
  const problems: PlanProblem[] = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new CliError(EXIT.usage, formatProblems(problems));
  return read.flatMap(({ objects }) => objects);
}

async function textsOf(files: readonly string[]): Promise<{ file: string; text: string }[]> {
  const { readFile, stat } = await import('node:fs/promises');
  const { text } = await import('node:stream/consumers');
  const { join } = await import('node:path');
  const { planFiles } = await import('../../plan/index.ts');
  const all: { file: string; text: string }[] = [];
  for (const file of files) {
    if (file === '-') {
      all.push({ file: 'stdin', text: await text(process.stdin) });
      continue;
    }
    try {
      const isFolder = (await stat(file)).isDirectory();
      const names = isFolder ? (await planFiles(file)).map((name) => join(file, name)) : [file];
      for (const name of names) all.push({ file: name, text: await readFile(name, 'utf8') });
    } catch (error) {
      throw unreadable(file, error as NodeJS.ErrnoException);
    }
  }
  return all;
}

interface Documents {
  plan?: string;
  companions: string;
}

async function documentsOf({ plan, companions }: Imported): Promise<Documents> {
  return { plan: plan && (await yamlText([plan])), companions: await yamlText(companions) };
}

async function write(folder: string, imported: readonly Imported[], documents: readonly Documents[]): Promise<void> {
  for (const [index, { name }] of imported.entries()) {
    const { plan, companions } = documents[index] ?? { companions: '' };
    if (plan === undefined) continue;
    await writeNew(folder, { [`${name}.yaml`]: plan, [`${name}.objects.yaml`]: companions });
  }
}

function showImported(
  terminal: Terminal,
  imported: readonly Imported[],
  { documents, written }: { documents: Documents[]; written: boolean },
): void {
  const tables = imported.flatMap((one) => [...renderImport(one, terminal.look), '']);
  if (terminal.output !== 'text' || written) {
    show(terminal, imported, () => tables);
    return;
  }
  for (const line of tables) terminal.say(line);
  const parts = documents.flatMap(({ plan, companions }) => (plan === undefined ? [] : [plan, companions]));
  if (parts.length > 0) process.stdout.write(parts.filter((part) => part !== '').join('---\n'));
}

async function showMistakes(terminal: Terminal, mistakes: readonly PlanProblem[]): Promise<void> {
  const { formatProblems } = await import('../../plan/problem.ts');
  show(terminal, mistakes, () =>
    mistakes.length > 0 ? formatProblems(mistakes).split('\n').map(clean) : ['no mistake found'],
  );
  process.exitCode = mistakes.length > 0 ? EXIT.failed : EXIT.ok;
}
