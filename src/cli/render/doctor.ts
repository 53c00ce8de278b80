/** What `sluice doctor` says: every subject with what is wrong, what to look at, and what is as it should be. Pure. */

import type { Style } from '../../contract/badge.ts';
import type { Section } from '../../contract/preflight.ts';
import { plural } from '../../contract/words.ts';
import { type TerminalLook, toLine } from './look.ts';
import { clean, wrap } from './text.ts';

const INDENT = '  ';

export function doctorLines(plan: string, sections: Section[], look: TerminalLook): string[] {
  const problems = sections.flatMap((section) => section.problems).length;
  const warnings = sections.flatMap((section) => section.warnings).length;
  const noted = warnings > 0 ? `, ${plural(warnings, 'warning')}` : '';
  const verdict =
    problems > 0
      ? `A rollout of ${plan} would be refused: ${plural(problems, 'problem')}`
      : `A rollout of ${plan} could start`;
  return [...sections.flatMap((section) => sectionLines(section, look)), `${verdict}${noted}.`];
}

/** A mark and a text, as many lines as it takes. */
export function markedLines(style: Style, mark: string, text: string, look: TerminalLook): string[] {
  const [first = '', ...rest] = wrap(clean(text), look.width - 4);
  return [
    toLine([INDENT, [style, mark], ` ${first}`], look),
    ...rest.map((line) => toLine([`${INDENT}  ${line}`], look)),
  ];
}

function sectionLines({ subject, problems, warnings, facts }: Section, look: TerminalLook): string[] {
  const marked = (style: Style, mark: string, text: string) => markedLines(style, mark, text, look);
  const silent = problems.length + warnings.length + facts.length === 0;
  return [
    toLine([['strong', subject]], look),
    ...problems.flatMap(({ where, problem, remedy }) => [
      ...marked('bad', '✖', `${where}: ${problem}`),
      ...marked('quiet', '→', remedy),
    ]),
    ...warnings.flatMap((warning) => marked('warn', '⚠', warning)),
    ...facts.flatMap((fact) => marked('good', '✔', fact)),
    ...(silent ? marked('good', '✔', 'nothing to say') : []),
  ];
}
