import type { MessageFacts } from './facts.ts';

/** Plain text; sections apart by a blank line, empty ones left out. */
export function toText(facts: MessageFacts): string {
  const { verdict, asked, lines, links, events, steps, checks, intervals, actions, warnings, commands } = facts;
  const sections = [
    [verdict],
    pairs(asked),
    pairs([...lines, ...links]),
    titled(
      'What happened',
      events.map(([at, what]) => `${at} ${what}`),
    ),
    titled('Warnings', warnings),
    titled(
      'Steps',
      steps.map(({ number, title, state, time, note }) => {
        return `${String(number).padStart(2)} ${title.padEnd(34)} ${state.padEnd(11)} ${time.padStart(7)}  ${note}`;
      }),
    ),
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
    titled('Next', commands),
  ];
  const blocks = sections
    .filter((section) => section.length > 0)
    .map((section) => section.map((line) => line.trimEnd()).join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

function pairs(list: [string, string][]): string[] {
  const width = Math.max(0, ...list.map(([label]) => label.length));
  return list.map(([label, value]) => `${`${label}:`.padEnd(width + 1)} ${value}`);
}

function titled(title: string, lines: string[]): string[] {
  return lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : [];
}
