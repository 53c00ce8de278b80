/** docs/reference/cli.md: what `--help` prints, of every command. */
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';

const WIDTH = 110;

export function cliReference(): string {
  const program = createProgram();
  return [
    '# The command line',
    '',
    'Written by `npm run docs` from the program itself. Every command also takes the options of `sluice`.',
    ...commandLines(program, []),
    '',
  ].join('\n');
}

function commandLines(command: Command, parents: string[]): string[] {
  const name = [...parents, command.name()];
  const below = command.commands.flatMap((one) => commandLines(one, name));
  return ['', `## ${name.join(' ')}`, '', '```text', helpOf(command), '```', ...below];
}

function helpOf(command: Command): string {
  const texts: string[] = [];
  command
    .configureHelp({ showGlobalOptions: false, helpWidth: WIDTH })
    .configureOutput({
      writeOut: (text) => texts.push(text),
      getOutHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
    })
    .outputHelp();
  return texts.join('').trim();
}
