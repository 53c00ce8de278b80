export const TICKS = 60;
export const TICK_SECONDS = 60;

/** What happens to the two versions during the hour. Rates are shares of requests that fail, ticks count from 1. */
export interface Cell {
  name: string;
  title: string;
  /** No difference between the versions: every abort is a false one. */
  harmless: boolean;
  primary: (tick: number) => number;
  canary: (tick: number) => number;
  /** The canary's counters are read so much later than the primary's, in ticks. Default 0. */
  skew?: number;
}

const BASE = 0.001;

const steady = (rate: number) => () => rate;

/** Both versions fail 20 % for 5 minutes from that one on: something that both need is down. */
const outageAt = (first: number) => (tick: number) => (tick >= first && tick < first + 5 ? 0.2 : BASE);

const equal = (name: string, title: string, rate: (tick: number) => number, skew?: number): Cell => ({
  name,
  title,
  harmless: true,
  primary: rate,
  canary: rate,
  skew,
});

const worse = (name: string, title: string, canary: (tick: number) => number): Cell => ({
  name,
  title,
  harmless: false,
  primary: steady(BASE),
  canary,
});

/** The base is 0.1 % where nothing else is said. */
export const CELLS: readonly Cell[] = [
  equal('same-0.1', 'no difference, 0.1 %', steady(0.001)),
  equal('same-1', 'no difference, 1 %', steady(0.01)),
  equal('same-5', 'no difference, 5 %', steady(0.05)),
  equal('outage', 'both fail 20 % in min 20 to 24', outageAt(20)),
  equal('skew', 'the same, read 15 s apart', outageAt(20), 15 / TICK_SECONDS),
  equal('skew-early', 'the same in min 4 to 8, read 15 s apart', outageAt(4), 15 / TICK_SECONDS),
  worse('plus-0.5', 'canary +0.5 points', steady(BASE + 0.005)),
  worse('plus-1', 'canary +1 point', steady(BASE + 0.01)),
  worse('plus-5', 'canary +5 points', steady(BASE + 0.05)),
  worse('half-down', 'canary fails 50 %', steady(0.5)),
  worse('late', 'canary fails from min 31', (tick) => (tick > 30 ? 1 : BASE)),
];

/** @throws RangeError naming those that there are */
export function cellNamed(name: string): Cell {
  const cell = CELLS.find((one) => one.name === name);
  if (cell) return cell;
  throw new RangeError(`cell "${name}" is not known: ${CELLS.map((one) => one.name).join(', ')}`);
}
