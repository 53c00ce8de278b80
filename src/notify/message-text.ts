import type { MessageFacts } from './facts.ts';

/** RFC 3676, section 4.2 allows 78; a quote of a quote still fits. */
const COLUMNS = 72;

/** Plain text of 72 columns; sections apart by a blank line, empty ones left out. Commands and addresses are never broken. */
export function toText(facts: MessageFacts): string {
  const { verdict, asked, lines, links, events, steps, checks, intervals, actions, warnings, commands } = facts;
  const sections = [
    [wrapped(verdict)],
    pairs(asked),
    pairs([...lines, ...links]),
    titled(
      'What happened',
      events.map(([at, what]) => `${at} ${what}`),
    ),
    titled('Warnings', warnings),
    titled('Steps', steps.flatMap(stepLines)),
    titled(
      'Last interval',
      checks.map(({ name, value, limit, verdict, requests }) => {
        return `${name}: ${value} (${limit}) ${verdict}, ${requests} requests`;
      }),
    ),
    titled(
      'Intervals',
      intervals.map(({ at, stage, verdict, sentence }) => `${at} ${stage}: ${verdict}. ${sentence}`),
    ),
    titled('What people did', actions),
    commands.length > 0 ? ['Next', ...commands.map((command) => `  ${command}`)] : [],
  ];
  const blocks = sections
    .filter((section) => section.length > 0)
    .map((section) => section.map((line) => line.trimEnd()).join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

/** Evidence that does not fit has a line of its own. */
function stepLines({ number, title, state, time, note }: MessageFacts['steps'][number]): string[] {
  const line = `${String(number).padStart(2)} ${title.padEnd(34)} ${state.padEnd(11)} ${time.padStart(7)}`;
  return line.length + note.length > COLUMNS - 4 ? [line, `   ${note}`] : [`${line}  ${note}`];
}

function pairs(list: [string, string][]): string[] {
  const width = Math.max(0, ...list.map(([label]) => label.length)) + 1;
  return list.map(([label, value]) => wrapped(`${`${label}:`.padEnd(width)} ${value}`, width + 1));
}

function titled(title: string, lines: string[]): string[] {
  return lines.length > 0 ? [title, ...lines.map((line) => wrapped(`  ${line}`, 4))] : [];
}

/** Broken between words, never within. @param indent of all lines but the first, which has nothing to break before it */
function wrapped(line: string, indent = 0): string {
  const done: string[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const before = rest.lastIndexOf(' ', COLUMNS);
    const at = before > indent ? before : rest.indexOf(' ', COLUMNS);
    if (at < 0) break;
    done.push(rest.slice(0, at));
    rest = ' '.repeat(indent) + rest.slice(at + 1).trimStart();
  }
  return [...done, rest].join('\n');
}
