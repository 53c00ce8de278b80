/** Texts as Slack shows them: everything of others escaped, nothing that calls people, nothing longer than Slack takes. */
import { clean } from '../../contract/clean.ts';

/** Source: Slack's documentation, "Formatting text": these three are all that has a meaning in plain text. */
export function escapeSlack(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Within a limit of characters, and nothing cut in two: no escape, no character. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest - 1).replace(/(?:&[a-z]{0,3}|[\uD800-\uDBFF])$/, '')}…`;
}

/** Text of others within one of ours. */
export function said(text: string, longest = 500): string {
  return cut(escapeSlack(clean(text)), longest);
}

/** When it was, in the reader's time zone. @param iso ISO 8601, of ours */
export function time(iso: string): string {
  return `<!date^${Math.floor(Date.parse(iso) / 1000)}^{time}|${iso.slice(11, 16)} UTC>`;
}

const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g;

/** Text of others in which times are the reader's. */
export function timed(text: string): string {
  return said(text).replace(ISO, (iso) => (Number.isNaN(Date.parse(iso)) ? iso : time(iso)));
}

/** What stands in the lines is escaped already. Of more than Slack takes the last ones are left out. */
export function mrkdwn(lines: readonly string[], longest = 3_000) {
  let kept = lines;
  while (kept.length > 1 && kept.join('\n').length > longest - 2) kept = kept.slice(0, -1);
  const text = kept.length < lines.length ? [...kept, '…'] : kept;
  return { type: 'mrkdwn' as const, text: cut(text.join('\n'), longest), verbatim: true };
}

/** Nothing has a meaning in it. */
export function plain(text: string, longest: number) {
  return { type: 'plain_text' as const, text: cut(clean(text), longest), emoji: false };
}
