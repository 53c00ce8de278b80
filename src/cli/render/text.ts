/** Plain text for terminals: what comes from elsewhere is cleaned, then cut, padded or wrapped by its width in columns. */

export { clean, cleanDeep } from '../../contract/clean.ts';

/** East Asian wide and emoji blocks take two columns (Unicode TR 11, condensed to blocks). */
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u270a\u270b\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;

/** Columns that a cleaned text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += COMBINING.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** At most `width` columns; the last one is `mark` where text was lost. */
export function cut(text: string, width: number, mark = '…'): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const next = widthOf(character);
    if (used + next + widthOf(mark) > width) break;
    kept += character;
    used += next;
  }
  return width >= widthOf(mark) ? kept + mark : '';
}

/** Exactly `width` columns: cut, or filled with spaces on the right. */
export function column(text: string, width: number, mark = '…'): string {
  const fitted = cut(text, width, mark);
  return fitted + ' '.repeat(Math.max(0, width - widthOf(fitted)));
}

/** Like `column`, filled on the left. */
export function columnRight(text: string, width: number, mark = '…'): string {
  const fitted = cut(text, width, mark);
  return ' '.repeat(Math.max(0, width - widthOf(fitted))) + fitted;
}

/** Lines of at most `width` columns, broken at spaces; a word that is too long is broken where it must. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).flatMap((part) => chunks(part, width))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function chunks(word: string, width: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (part !== '' && widthOf(part) + widthOf(character) > width) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  return [...parts, part];
}
