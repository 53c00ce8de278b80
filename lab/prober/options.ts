import { parseArgs } from 'node:util';
import type { ProbeTarget } from './target.ts';

export interface ProbeRun {
  target: ProbeTarget;
  ratePerSecond: number;
  out: string;
  run: string;
  /** Infinity when it runs until SIGTERM. */
  durationMs: number;
}

export const USAGE =
  'usage: prober --url URL --rate N --out FILE [--host HOST] [--path PATH] [--proxy URL] [--duration SECONDS] ' +
  '[--grpc] [--fresh-connections] [--timeout MS] [--run ID] [--header "name: value"]...';

/** Reads the command line. @throws Error that names the option and what would be right */
export function readOptions(args: string[]): ProbeRun {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      host: { type: 'string' },
      rate: { type: 'string' },
      path: { type: 'string' },
      out: { type: 'string' },
      proxy: { type: 'string' },
      duration: { type: 'string' },
      'fresh-connections': { type: 'boolean', default: false },
      timeout: { type: 'string', default: '5000' },
      run: { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      grpc: { type: 'boolean', default: false },
    },
  });
  const url = httpUrl('--url', values.url);
  if (values.path) url.pathname = values.path;
  if (!values.out) throw new Error('--out FILE is missing: where the records go');
  return {
    target: {
      url,
      host: values.host ?? url.host,
      proxy: values.proxy ? httpUrl('--proxy', values.proxy) : null,
      freshConnections: values['fresh-connections'],
      timeoutMs: positive('--timeout', values.timeout),
      headers: Object.fromEntries(values.header.map(headerPair)),
      grpc: values.grpc,
    },
    ratePerSecond: positive('--rate', values.rate),
    out: values.out,
    run: values.run ?? `p${Date.now().toString(36)}`,
    durationMs: values.duration ? positive('--duration', values.duration) * 1000 : Number.POSITIVE_INFINITY,
  };
}

function httpUrl(option: string, text: string | undefined): URL {
  const url = text ? URL.parse(text) : null;
  if (url?.protocol !== 'http:') throw new Error(`${option} needs an http:// URL, not "${text ?? ''}"`);
  return url;
}

function positive(option: string, text: string | undefined): number {
  const number = Number(text);
  if (!text || !(number > 0)) throw new Error(`${option} needs a number above 0, not "${text ?? ''}"`);
  return number;
}

function headerPair(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Error(`--header needs "name: value", not "${text}"`);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}
