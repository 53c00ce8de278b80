/** The insides of string literals: their escapes, and where in a pattern a text may stand for itself. */

/** Go's `strconv.UnquoteChar`, which Prometheus follows; between backticks there are no escapes. */
const ESCAPE = /\\(?:[0-7]{3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[abfnrtv\\'"])/g;

const CONTROL: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** From 0, where a backslash begins no escape; -1: nowhere. @param inside between the quotes */
export function badEscape(inside: string, quote: string): number {
  if (quote === '`') return -1;
  const blanked = inside.replace(ESCAPE, (found) => (isForeign(found, quote) ? found : ' '.repeat(found.length)));
  return blanked.indexOf('\\');
}

/** `\'` stands in single quotes only, `\"` in double ones. */
function isForeign(found: string, quote: string): boolean {
  return /["']/.test(found) && found[1] !== quote;
}

/** What the inside of a literal without bad escapes stands for. */
export function decode(inside: string, quote: string): string {
  return quote === '`' ? inside : inside.replace(ESCAPE, character);
}

function character(found: string): string {
  const kind = found[1] ?? '';
  if (/[0-7]/.test(kind)) return String.fromCodePoint(Number.parseInt(found.slice(1), 8));
  if (!/[xuU]/.test(kind)) return CONTROL[kind] ?? kind;
  const code = Number.parseInt(found.slice(2), 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/** One whole part of a pattern, but `\Q…\E`. A class: "]" is a plain character at its beginning. Syntax: github.com/google/re2/wiki/Syntax. */
const PART =
  /[^\\[({]|\((?!\?)|\(\?(?:P?<\w+>|[a-zA-Z-]*[:)])|\{\d+(?:,\d*)?\}|\{(?=[^\d,])|\[(?:\^|(?!\^))(?:\]|(?!\]))(?:\[:\^?\w+:\]|(?!\[:\^?\w+:\])[^\]\\]|\\[\s\S])*\]|\\[pP](?:\{\^?\w+\}|[A-Za-z])|\\x(?:[\da-fA-F]{2}|\{[\da-fA-F]+\})|\\[0-7]{3}|\\[^pPxQ0-7]/y;

/** Whether a text after this beginning of a pattern stands for itself: not in a class, a count, an escape or a name. Each part is read once. */
export function endsBetweenParts(pattern: string): boolean {
  for (let at = 0; at < pattern.length; ) {
    const end = endOfPart(pattern, at);
    if (end === undefined) return false;
    at = end;
  }
  return true;
}

/** Undefined: none begins there, or it has no end. */
function endOfPart(pattern: string, at: number): number | undefined {
  if (pattern.startsWith('\\Q', at)) {
    const end = pattern.indexOf('\\E', at);
    return end < 0 ? undefined : end + 2;
  }
  PART.lastIndex = at;
  return PART.test(pattern) ? PART.lastIndex : undefined;
}
