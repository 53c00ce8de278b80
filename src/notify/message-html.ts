import type { MessageFacts } from './facts.ts';
import { type Html, html } from './html.ts';

/** Readable on white by WCAG 2.2 AA (4.5:1); the word always says the same as the colour. */
const TONES: Record<MessageFacts['tone'], string> = {
  good: '#1a6b34',
  bad: '#b3261e',
  person: '#6b2fa0',
  neutral: '#3d4852',
};

const CELL = 'padding:3px 8px 3px 0;vertical-align:top;text-align:left';

/** One column of 600 px with inline styles: what mail programs agree on. No image, link or script. */
export function toHtml(facts: MessageFacts, subject: string): string {
  const { verdict, tone, asked, lines, links, events, steps, checks, intervals, actions, warnings, commands } = facts;
  const body = [
    html`<p style="margin:0 0 12px;font-size:17px;font-weight:bold;color:${TONES[tone]}">${verdict}</p>`,
    pairs(asked),
    pairs([...lines, ...links]),
    table('What happened', ['at', 'what'], events),
    list('Warnings', warnings),
    table(
      'Steps',
      ['', 'step', 'state', 'time', 'evidence'],
      steps.map(({ number, title, state, time, note }) => [String(number), title, state, time, note]),
    ),
    table(
      'Last interval',
      ['check', 'value', 'limit', 'verdict', 'requests'],
      checks.map((check) => [check.name, check.value, check.limit, check.verdict, String(check.requests)]),
    ),
    table(
      'Intervals',
      ['at', 'stage', 'verdict', 'what was seen'],
      intervals.map(({ at, stage, verdict, sentence }) => [at, stage, verdict, sentence]),
    ),
    list('What people did', actions),
    commands.length > 0
      ? html`${heading('Next')}<pre style="margin:0;padding:8px;background:#f2f4f6;white-space:pre-wrap">${commands.join('\n')}</pre>`
      : html``,
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="margin:0;padding:16px;background:#ffffff;color:#1f2933;font:14px/1.45 -apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:600px;max-width:100%"><tr><td>
${body}
</td></tr></table></body></html>
`.source;
}

function heading(title: string): Html {
  return html`<h2 style="margin:16px 0 4px;font-size:14px">${title}</h2>`;
}

function pairs(entries: [string, string][]): Html {
  if (entries.length === 0) return html``;
  const rows = entries.map(
    ([label, value]) =>
      html`<tr><th scope="row" style="${CELL};white-space:nowrap;color:#52606d">${label}</th><td style="${CELL}">${value}</td></tr>\n`,
  );
  return html`<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 8px">${rows}</table>`;
}

function table(title: string, head: string[], rows: string[][]): Html {
  if (rows.length === 0) return html``;
  const titles = head.map((text) => html`<th scope="col" style="${CELL};color:#52606d">${text}</th>`);
  const lines = rows.map((row) => html`<tr>${row.map((text) => html`<td style="${CELL}">${text}</td>`)}</tr>\n`);
  return html`${heading(title)}<table cellpadding="0" cellspacing="0" border="0" width="100%"><tr>${titles}</tr>\n${lines}</table>`;
}

function list(title: string, entries: string[]): Html {
  if (entries.length === 0) return html``;
  return html`${heading(title)}<ul style="margin:0;padding-left:18px">${entries.map((text) => html`<li>${text}</li>`)}</ul>`;
}
