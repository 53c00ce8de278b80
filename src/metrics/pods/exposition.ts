/**
 * The text that a proxy or an application answers with at its metrics port: Prometheus's text format and OpenMetrics. Only what is wanted
 * of it is read, line by line, in time that grows with its length alone; a line that is no sample is left out. Formats:
 * prometheus.io/docs/instrumenting/exposition_formats, and prometheus.io/docs/specs/om/open_metrics_spec.
 */
import { parseNumber } from '../number.ts';

export interface PageSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  /** The labels as they were written: the same text, the same series. */
  series: string;
}

/** A longer line is no series that anybody wants, characters. */
const LONGEST_LINE = 16_384;
const MOST_SAMPLES = 20_000;

/** Of one page, in pieces as they come. */
export class ExpositionReader {
  readonly samples: PageSample[] = [];
  readonly #wanted: (name: string) => boolean;
  #rest = '';
  /** The line that is under way is too long: it is left out up to its end. */
  #skipping = false;

  /** @param wanted by the name of the sample, suffixes such as `_bucket` included */
  constructor(wanted: (name: string) => boolean) {
    this.#wanted = wanted;
  }

  /** @throws RangeError when more series are there than anybody can count */
  take(piece: string): void {
    const lines = piece.split('\n');
    for (const [index, part] of lines.entries()) {
      if (!this.#skipping) this.#rest += part;
      if (this.#rest.length > LONGEST_LINE) this.#skipping = true;
      if (this.#skipping) this.#rest = '';
      if (index < lines.length - 1) this.end();
    }
  }

  /** The last line may lack its end. */
  end(): void {
    const sample = this.#skipping ? undefined : this.#parse(this.#rest);
    this.#rest = '';
    this.#skipping = false;
    if (sample && this.samples.push(sample) > MOST_SAMPLES)
      throw new RangeError(`more than ${MOST_SAMPLES} of the wanted series`);
  }

  #parse(line: string): PageSample | undefined {
    const name = line.slice(0, Math.max(0, line.search(/[{ \t]/)));
    if (!this.#wanted(name)) return undefined;
    const found = line[name.length] === '{' ? labelsFrom(line, name.length + 1) : { labels: {}, end: name.length };
    if (!found) return undefined;
    // a time or an exemplar may follow
    const value = parseNumber(/^[ \t]*(\S+)/.exec(line.slice(found.end))?.[1]);
    if (value === undefined) return undefined;
    return { name, labels: found.labels, value, series: line.slice(name.length, found.end) };
  }
}

/** `a="b",` or the last one's `a="b"}`; names of other characters stand in quotes. */
const LABEL = /[ \t]*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,[ \t]*\}|,|\})/y;

function labelsFrom(line: string, start: number): { labels: Record<string, string>; end: number } | undefined {
  if (line[start] === '}') return { labels: {}, end: start + 1 };
  const labels: [string, string][] = [];
  for (LABEL.lastIndex = start; ; ) {
    const found = LABEL.exec(line);
    if (!found) return undefined;
    const [, plain, quoted = '', value = '', after = ''] = found;
    labels.push([plain ?? unescaped(quoted), unescaped(value)]);
    if (after.endsWith('}')) return { labels: Object.fromEntries(labels), end: LABEL.lastIndex };
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
