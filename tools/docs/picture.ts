/**
 * `tmux capture-pane -ep | node tools/docs/picture.ts docs/demo`: a terminal as docs/demo.svg and docs/demo-dark.svg.
 * Only what `sluice` writes is understood: colours and bold by SGR, no cursor movements.
 */
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

const CELL = { width: 7.8, height: 18 };
const MARGIN = 16;
const FONT = "13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

/** Page, frame and text, then the colours of SGR 31, 32, 33, 35, 36 and 90. */
const LIGHT = ['#f6f8fa', '#d1d9e0', '#1f2328', '#cf222e', '#1a7f37', '#9a6700', '#8250df', '#0969da', '#59636e'];
const DARK = ['#151b23', '#3d444d', '#f0f6fc', '#ff7b72', '#3fb950', '#d29922', '#bc8cff', '#58a6ff', '#9198a1'];
const COLOURS = ['31', '32', '33', '35', '36', '90'];

interface Run {
  text: string;
  column: number;
  row: number;
  classes: string[];
}

/** A style lasts until the next, also over the end of a line. */
function runsOf(lines: string[]): Run[] {
  const runs: Run[] = [];
  let [colour, bold] = ['', false];
  for (const [row, line] of lines.entries()) {
    let column = 0;
    for (const [index, part] of line.split('\u001b[').entries()) {
      const [, codes, chunk = ''] = index === 0 ? ['', undefined, part] : (/^([\d;]*)m(.*)$/.exec(part) ?? []);
      for (const code of codes?.split(';') ?? []) {
        if (['', '0', '39', ...COLOURS].includes(code)) colour = COLOURS.includes(code) ? `c${code}` : '';
        if (['', '0', '1', '22'].includes(code)) bold = code === '1';
      }
      const classes = [colour, bold ? 'b' : ''].filter(Boolean);
      // Blocks are drawn, not written: fonts leave gaps between them. Wide gaps only move on.
      for (const [text] of chunk.matchAll(/█+|░+|(?:(?! {2})[^█░])+| +/g)) {
        if (text.trim()) runs.push({ text, column, row, classes });
        column += [...text].length;
      }
    }
  }
  return runs;
}

function draw({ text, column, row, classes }: Run): string {
  const [x, y, width] = [MARGIN + column * CELL.width, MARGIN + row * CELL.height, [...text].length * CELL.width];
  const size = (number: number) => Number(number.toFixed(1));
  if (/^[█░]/.test(text)) {
    const opacity = text.startsWith('░') ? ' opacity=".6"' : '';
    return `<rect class="${classes.join(' ')}" x="${size(x)}" y="${y + 3}" width="${size(width)}" height="12"${opacity}/>`;
  }
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const place = `x="${size(x)}" y="${y + 13}" textLength="${size(width)}"`;
  return `<text class="${classes.join(' ')}" ${place}>${escaped}</text>`;
}

function picture(lines: string[], [page, frame, ink, ...colours]: string[]): string {
  const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [width, height] = [columns * CELL.width + 2 * MARGIN, lines.length * CELL.height + 2 * MARGIN].map(Math.ceil);
  const styles = COLOURS.map((code, index) => `.c${code}{fill:${colours[index]}}`).join('');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<style>text,rect{fill:${ink}}text{font:${FONT};white-space:pre}.b{font-weight:600}${styles}.page{fill:${page};stroke:${frame}}</style>`,
    `<rect class="page" x=".5" y=".5" width="${(width ?? 1) - 1}" height="${(height ?? 1) - 1}" rx="8"/>`,
    ...runsOf(lines).map(draw),
    '</svg>\n',
  ].join('\n');
}

const lines = (await text(process.stdin)).trimEnd().split('\n');
const name = process.argv[2] ?? 'picture';
writeFileSync(`${name}.svg`, picture(lines, LIGHT));
writeFileSync(`${name}-dark.svg`, picture(lines, DARK));
