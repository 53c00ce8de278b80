import { createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { timeOfDay } from './data.ts';
import { Scroll } from './small.tsx';

/** Which colour and dash a line has: primary and canary differ in both. */
export type LineKind = 'canary' | 'primary' | 'limit' | 'worse' | 'healthy' | 'worse-goal' | 'healthy-goal';

interface Line {
  kind: LineKind;
  label: string;
  /** One for each time; null: no data. */
  values: (number | null)[];
}

export interface ChartData {
  /** What it shows, in a sentence. */
  title: string;
  /** ISO 8601. */
  times: string[];
  lines: Line[];
  /** Logarithmic: all values above 0. */
  log?: boolean;
  /** How a value is told. */
  format: (value: number) => string;
}

/** Draws into the element, and returns what takes it away again. */
export type Draw = (element: HTMLElement, data: ChartData) => () => void;

/** Where scripts run, what draws; nowhere else is anything drawn. */
export const Drawing = createContext<Draw | undefined>(undefined);

/** A picture for eyes, and the same as a table for everybody, with or without scripts. */
export function Chart({ data }: { data: ChartData }) {
  const draw = useContext(Drawing);
  const element = useRef<HTMLDivElement>(null);
  const key = JSON.stringify([data.times, data.lines]);
  useEffect(() => (element.current && draw ? draw(element.current, data) : undefined), [draw, key]);
  const { title, times, lines, format } = data;
  return (
    <div class="charted">
      {times.length > 1 && <div class="chart" ref={element} role="img" aria-label={title} />}
      <p class="legend" aria-hidden="true">
        {lines.map(({ kind, label }) => (
          <span key={kind} class={kind}>
            {label}
          </span>
        ))}
      </p>
      <details>
        <summary>Table</summary>
        <Scroll label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">time</th>
                {lines.map(({ kind, label }) => (
                  <th scope="col" key={kind}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, at) => (
                <tr key={time}>
                  <th scope="row">{timeOfDay(time)}</th>
                  {lines.map(({ kind, values }) => (
                    <td key={kind}>{told(values[at], format)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </div>
  );
}

function told(value: number | null | undefined, format: ChartData['format']): string {
  return value === null || value === undefined ? 'no data' : format(value);
}
