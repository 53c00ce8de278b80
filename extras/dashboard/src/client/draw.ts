/** Charts by uPlot, in the colours and dashes of their legend. */
import uPlot from 'uplot';
import type { ChartData, Draw, LineKind } from '../parts/chart.tsx';

const HEIGHT = 130;
const NARROWEST = 160;

/** Primary and canary differ in dash as well as in colour. */
const DASHES: Record<LineKind, number[]> = {
  canary: [],
  primary: [6, 4],
  limit: [2, 4],
  worse: [],
  healthy: [6, 4],
  'worse-goal': [2, 4],
  'healthy-goal': [2, 4],
};

export const draw: Draw = (element, data) => {
  let plot = plotIn(element, data);
  const again = () => {
    plot.destroy();
    plot = plotIn(element, data);
  };
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', again);
  const sized = new ResizeObserver(() => plot.setSize(sizeOf(element)));
  sized.observe(element);
  return () => {
    sized.disconnect();
    scheme.removeEventListener('change', again);
    plot.destroy();
  };
};

function sizeOf({ clientWidth }: HTMLElement) {
  return { width: Math.max(NARROWEST, clientWidth), height: HEIGHT };
}

function plotIn(element: HTMLElement, { times, lines, log, format }: ChartData): uPlot {
  const legend = element.parentElement;
  const colourOf = (kind: string) => getComputedStyle(legend?.querySelector(`.legend .${kind}`) ?? element).color;
  const quiet = getComputedStyle(legend?.querySelector('.legend') ?? element).color;
  const axis: uPlot.Axis = {
    gap: 8,
    stroke: quiet,
    font: '11px system-ui',
    ticks: { show: false },
    grid: { stroke: `color-mix(in srgb, ${quiet} 20%, transparent)`, width: 1 },
  };
  const options: uPlot.Options = {
    ...sizeOf(element),
    legend: { show: false },
    // values are in the table
    cursor: { show: false },
    scales: { x: { time: true }, y: log ? { distr: 3, range: readable } : { range: widened } },
    axes: [
      { ...axis, grid: { show: false }, space: 60, values: (_, ticks) => ticks.map(timeOf), size: 24 },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : format(tick))) },
    ],
    series: [
      {},
      ...lines.map(({ kind, label }) => ({
        label,
        stroke: colourOf(kind),
        dash: DASHES[kind],
        width: 2,
        points: { show: times.length < 20 && DASHES[kind].length === 0 },
      })),
    ],
  };
  const seconds = times.map((time) => Date.parse(time) / 1000);
  return new uPlot(options, [seconds, ...lines.map(({ values }) => values)], element);
}

/** Proofs of millions to one and beyond are no more certain for being drawn. */
function readable(_plot: uPlot, low: number, high: number): [number, number] {
  return [Math.min(0.1, Math.max(1e-3, low)), Math.max(10, Math.min(1e6, high * 2))];
}

/** Room above and below, so that a line at its limit is seen. */
function widened(_plot: uPlot, low: number, high: number): [number, number] {
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  return [low < 0 ? low - room : Math.max(0, low - room), high + room];
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}
