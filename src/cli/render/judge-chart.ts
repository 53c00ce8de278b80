/** The evidence over time as an SVG of its own: nothing is loaded, everything shown is escaped, light and dark. */
import { escapeMarkup } from '../../contract/clean.ts';
import type { TickOutput } from '../../judge/compare/types.ts';
import { odds } from './judge-figures.ts';
import { clean } from './text.ts';

const WIDTH = 860;
const HEIGHT = 400;
const LEFT = 92;
const RIGHT = 20;
const TOP = 70;
const BOTTOM = 52;
const GRID_LINES = 6;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .back { fill: #fff } .title { font-size: 16px; font-weight: 600 } .quiet { fill: #57606a } .end { text-anchor: end } .middle { text-anchor: middle }
  .grid { stroke: #d0d7de } .line { fill: none; stroke-width: 2.5; stroke-linejoin: round } .limit { stroke-width: 1.5; stroke-dasharray: 6 4; fill: none }
  .abort { stroke: #b3261e } .pass { stroke: #0b6bcb } .abort-text { fill: #b3261e } .pass-text { fill: #0b6bcb } .mark { stroke: #57606a; stroke-dasharray: 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .back { fill: #0d1117 } .quiet { fill: #9da7b3 } .grid { stroke: #30363d } .mark { stroke: #9da7b3 }
    .abort { stroke: #ff8a80 } .pass { stroke: #79b8ff } .abort-text { fill: #ff8a80 } .pass-text { fill: #79b8ff }
  }`;

/** Both lines of evidence with their thresholds on a logarithmic scale, and the tick of the first decision. */
export function renderChart(outputs: readonly TickOutput[], title: string): string {
  const last = outputs.at(-1);
  if (!last) throw new RangeError('outputs is empty: one tick at least wanted');
  const { x, y, low, high } = scales(outputs);
  const decision =
    outputs.find(({ verdict }) => verdict === 'abort') ?? outputs.find(({ verdict }) => verdict === 'pass');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="desc">${escapeXml(last.sentence)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    text(LEFT, 26, title, 'title'),
    text(LEFT, 48, 'evidence against the canary', 'abort-text'),
    text(LEFT + 230, 48, 'evidence for its health', 'pass-text'),
    ...gridLines(low, high, y),
    ...tickLabels(outputs, x),
    ...limit(last.lnAbortAt, y, 'abort'),
    ...limit(last.lnPassAt, y, 'pass'),
    line(
      outputs,
      ({ tick }) => x(tick),
      ({ lnPass }) => y(lnPass),
      'pass',
    ),
    line(
      outputs,
      ({ tick }) => x(tick),
      ({ lnAbort }) => y(lnAbort),
      'abort',
    ),
    ...(decision ? mark(decision, x) : []),
    '</svg>\n',
  ].join('\n');
}

/** From ticks and natural logarithms to pixels; both thresholds and 1 to 1 are always in sight. */
function scales(outputs: readonly TickOutput[]) {
  const ticks = outputs.map(({ tick }) => tick);
  const values = outputs.flatMap(({ lnAbort, lnPass, lnAbortAt, lnPassAt }) => [lnAbort, lnPass, lnAbortAt, lnPassAt]);
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0) * 1.05;
  const first = ticks[0] ?? 0;
  const span = (ticks.at(-1) ?? first) - first || 1;
  const x = (tick: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (tick - first)) / span;
  const y = (ln: number) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - ln)) / (high - low || 1);
  return { x, y, low, high };
}

/** At whole powers of ten, so many that they can be read. */
function gridLines(low: number, high: number, y: (ln: number) => number): string[] {
  const first = Math.ceil(low / Math.LN10);
  const last = Math.floor(high / Math.LN10);
  const every = Math.max(1, Math.ceil((last - first) / GRID_LINES));
  const lines: string[] = [];
  for (let ten = Math.ceil(first / every) * every; ten <= last; ten += every) {
    const at = pixel(y(ten * Math.LN10));
    lines.push(`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`);
    lines.push(text(LEFT - 8, at + 4, `${ten > 5 || ten < -5 ? `10^${ten}` : 10 ** ten} : 1`, 'quiet end'));
  }
  return lines;
}

function tickLabels(outputs: readonly TickOutput[], x: (tick: number) => number): string[] {
  const every = Math.max(1, Math.ceil(outputs.length / 12));
  const shown = outputs.filter((_, index) => index % every === 0);
  const axis = text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, 'tick', 'quiet middle');
  return [...shown.map(({ tick }) => text(x(tick), HEIGHT - BOTTOM + 20, String(tick), 'quiet middle')), axis];
}

function limit(ln: number, y: (ln: number) => number, kind: 'abort' | 'pass'): string[] {
  const at = pixel(y(ln));
  return [
    `<line class="limit ${kind}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>`,
    text(WIDTH - RIGHT - 4, at - 5, `${kind} at ${odds(ln)} : 1`, `${kind}-text end`),
  ];
}

function line(
  outputs: readonly TickOutput[],
  x: (output: TickOutput) => number,
  y: (output: TickOutput) => number,
  kind: 'abort' | 'pass',
): string {
  const points = outputs.map((output) => `${pixel(x(output))},${pixel(y(output))}`).join(' ');
  return `<polyline class="line ${kind}" points="${points}"/>`;
}

function mark({ tick, verdict }: TickOutput, x: (tick: number) => number): string[] {
  const at = pixel(x(tick));
  const side = at > WIDTH / 2 ? 'end' : '';
  return [
    `<line class="mark" x1="${at}" x2="${at}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`,
    text(at + (side ? -6 : 6), HEIGHT - BOTTOM - 8, `${verdict} at tick ${tick}`, `${verdict}-text ${side}`.trim()),
  ];
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${pixel(x)}" y="${pixel(y)}">${escapeXml(content)}</text>`;
}

const pixel = (value: number) => Number(value.toFixed(1));

/** Control characters are not allowed in XML at all. */
function escapeXml(content: string): string {
  return escapeMarkup(clean(content));
}
