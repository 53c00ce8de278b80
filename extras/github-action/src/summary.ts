/** The summary of the job: GitHub's Markdown, where everything from elsewhere is text and nothing else. */
import { clean, factsOf } from 'sluice/cli';
import { weightChart } from './chart.ts';
import type { Followed } from './follow.ts';

const MARKS: Record<string, string> = { good: '✅', bad: '❌', person: '🙋', neutral: '⚪' };

export function summaryOf(name: string, { view, outcome, reason, weights }: Followed): string {
  if (!view) return `### ${plain(`${name}: ${outcome}. ${reason}`)}\n`;
  const facts = factsOf(view);
  const { verdict, tone, asked, checks, actions, warnings, lines, links, commands } = facts;
  const note = verdict.includes(reason) ? [] : [plain(reason)];
  const rows = checks.map((one) => [one.name, one.value, one.limit, one.verdict, String(one.requests)]);
  const steps = facts.sections.find(([title]) => title === 'Steps')?.[1] ?? [];
  const parts = [
    [`### ${MARKS[tone]} ${plain(verdict)}`],
    note,
    table(['', 'What a person is asked'], asked),
    weightChart(weights, Date.parse(view.endedAt ?? new Date().toISOString())),
    table(['Check', 'Value', 'Limit', 'Verdict', 'Requests'], rows),
    list('Warnings', warnings),
    list('What people did', actions),
    table(['', ''], lines),
    links.flatMap(link),
    folded('Steps', table(['Step', ''], steps)),
    ['```sh', ...commands.map((one) => clean(one).replaceAll('`', '')), '```'],
  ];
  return parts.flatMap((part) => (part.length > 0 ? [...part, ''] : [])).join('\n');
}

/** Without markup, HTML, references and line breaks. */
export function plain(text: string): string {
  const escaped = clean(text).replace(/[\\`*_[\]|~#@!$]/g, '\\$&');
  return escaped.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function table(head: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [];
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map((cells) => row(cells.map(plain)))];
}

function list(title: string, texts: string[]): string[] {
  return texts.length === 0 ? [] : [`**${title}**`, '', ...texts.map((text) => `- ${plain(text)}`)];
}

function folded(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`<details><summary>${title}</summary>`, '', ...lines, '', '</details>'];
}

/** Only of the web. */
function link([name, url]: [string, string]): string[] {
  const { protocol, href } = URL.parse(url) ?? {};
  return href && /^https?:$/.test(protocol ?? '') ? [`- [${plain(name)}](<${href}>)`] : [];
}
