/** Rows of docs/mission.md, and what is wrong with one. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXAMPLES } from '../../../examples/all.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { isThere, texts } from './repository.ts';

export interface MissionRow {
  key: string;
  what: string;
  /** Files, in backticks. */
  where: string;
  /** Commands, in backticks. */
  seeIt: string;
  /** Titles of tests in “”, what is owed in words. */
  heldBy: string;
}

export function rowsOf(markdown: string): MissionRow[] {
  return [...markdown.matchAll(/^\| (.+) \| (.+) \| (.+) \| (.+) \| (.+) \|$/gm)]
    .map(([, key = '', what = '', where = '', seeIt = '', heldBy = '']) => ({ key, what, where, seeIt, heldBy }))
    .filter(({ key, what }) => what !== 'what' && !key.startsWith('---'));
}

/** @returns what the row names and the tree does not have */
export function problemsOf({ where, seeIt, heldBy }: MissionRow): string[] {
  const files = inBackticks(where);
  const commands = inBackticks(seeIt);
  const titles = [...heldBy.matchAll(/“(.+?)”/g)].map(([, title = '']) => title);
  return [
    ...(files.length > 0 ? [] : ['no file']),
    ...(commands.length > 0 ? [] : ['no command']),
    ...(titles.length > 0 || /^owed by issue \d+: /.test(heldBy) ? [] : ['no test, and nothing owed']),
    ...files.filter((file) => !isThere(file)).map((file) => `no file ${file}`),
    ...commands.filter((command) => !isCommand(command)).map((command) => `no command ${command}`),
    ...titles.filter((title) => !isTitle(title)).map((title) => `no test “${title}”`),
  ];
}

export function inBackticks(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
/** Programs of others, by the file here that they need. */
const FOREIGN: Record<string, string> = { 'docker compose': 'docker-compose.yml', 'temporal workflow signal': '' };

function isCommand(command: string): boolean {
  const [program, ...words] = command.split(' ');
  if (program === 'sluice') return isVerb(words);
  const foreign = Object.entries(FOREIGN).find(([start]) => command.startsWith(start));
  if (foreign) return existsSync(join('.', foreign[1]));
  const [run, script = '', dashes, name] = words;
  if (program !== 'npm' || run !== 'run' || !Object.hasOwn(scripts, script)) return false;
  return script !== 'example' || (dashes === '--' && EXAMPLES.some((example) => example.name === name));
}

function isVerb(words: string[]): boolean {
  let command: Command | undefined = createProgram();
  for (const word of words) command = command?.commands.find((one) => one.name() === word);
  return words.length > 0 && command !== undefined;
}

const tests = texts('.ts').filter(({ file }) => file.startsWith('test/') && file.endsWith('.test.ts'));

/** `title`, or `group › title`: all of it in one file, each written out before a comma. */
export function isTitle(path: string): boolean {
  return tests.some(({ text }) => path.split(' › ').every((title) => hasTitle(text, title)));
}

function hasTitle(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(`${quote}${title}${quote},`));
}
