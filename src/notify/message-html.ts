import type { MessageFacts } from './facts.ts';
import { type Html, html } from './html.ts';

/** On white, and where the reader has it dark: WCAG 2.2 AA (4.5:1) in both. The word always says the same as the colour. */
const TONES: Record<MessageFacts['tone'], [light: string, dark: string]> = {
  good: ['#1a6b34', '#6fcf97'],
  bad: ['#b3261e', '#ff8a80'],
  person: ['#6b2fa0', '#c9a3f0'],
  neutral: ['#3d4852', '#cbd2d9'],
};
const [BACK, TEXT, MUTED, CODE, LINK] = ['#ffffff', '#1f2933', '#52606d', '#f2f4f6', '#0b5cad'];

/** Programs that know no `prefers-color-scheme` show it light, or turn all colours themselves. */
function darkStyle(tone: MessageFacts['tone']): Html {
  return html`<style>@media (prefers-color-scheme: dark) {
.body { background: #1b1f24 !important; color: #e4e7eb !important } .tone { color: ${TONES[tone][1]} !important }
.muted { color: #9aa5b1 !important } .code { background: #2a2f36 !important } .link { color: #7cb8f2 !important }
}</style>`;
}

/** One column as wide as the screen, at most 600 px, inline styles, no table: what mail programs and phones agree on. No image, form or script. */
export function toHtml(facts: MessageFacts, subject: string): string {
  const { verdict, tone, asked, lines, links, sections, commands } = facts;
  const body = [
    html`<p class="tone" style="margin:0 0 12px;font-size:17px;font-weight:bold;color:${TONES[tone][0]}">${verdict}</p>`,
    block(asked.map(([label, text]) => line(label, text))),
    block(lines.map(([label, text]) => line(label, text))),
    block(links.map(([name, url]) => line(name, linked(url)))),
    ...sections.map(([title, lines]) => section(title, lines)),
    commands.length > 0
      ? html`${heading('Next')}<pre class="code" style="margin:0;padding:8px;background:${CODE};font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere">${commands.join('\n')}</pre>`
      : html``,
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${subject}</title>${darkStyle(tone)}</head>
<body class="body" style="margin:0;padding:16px;background:${BACK};color:${TEXT};font:15px/1.45 -apple-system,'Segoe UI',Roboto,Arial,sans-serif;word-break:break-word;overflow-wrap:anywhere">
<div style="max-width:600px">
${body}
</div></body></html>
`.source;
}

function heading(title: string): Html {
  return html`<h2 style="margin:16px 0 4px;font-size:15px">${title}</h2>`;
}

function block(lines: Html[]): Html {
  return lines.length > 0 ? html`<div style="margin:0 0 12px">${lines}</div>` : html``;
}

function line(label: string, text: string | Html): Html {
  const before = html`<span class="muted" style="color:${MUTED}">${label}:</span> `;
  return html`<p style="margin:0 0 4px">${label ? before : undefined}${text}</p>\n`;
}

function section(title: string, entries: [label: string, text: string][]): Html {
  return entries.length > 0 ? html`${heading(title)}${entries.map(([label, text]) => line(label, text))}` : html``;
}

/** Links are pages of the plan; what is no web address stays text. */
function linked(url: string): string | Html {
  return /^https?:\/\//.test(url) ? html`<a class="link" style="color:${LINK}" href="${url}">${url}</a>` : url;
}
