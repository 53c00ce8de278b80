/** Command lines of test hooks: `curl … | grep …` and `hey …`, as far as they can be read without a shell. */

/** Pipelines in a row, each of commands, each of words. */
export type Commands = string[][][];

const TOKEN = /^(?:([ \t\r]+)|(&&|\|\||;|\||\n)|((?:"[^"\\$`]*"|'[^']*'|[^\s"'\\|&;<>`$()])+))/;

/** @returns undefined for what needs a shell: variables, redirections, loops */
export function readCommands(text: string): Commands | undefined {
  if (text.length > 4096) return undefined;
  const words: (string | { operator: string })[] = [];
  const source = text.replace(/\\\r?\n/g, ' ').trim();
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const [token, blank, operator, word] = TOKEN.exec(rest) ?? [];
    if (token === undefined) return undefined;
    if (operator !== undefined) words.push({ operator });
    else if (word !== undefined && blank === undefined) words.push(unquoted(word));
    at += token.length;
  }
  const commands: Commands = [[[]]];
  for (const word of words) {
    if (typeof word === 'string') commands.at(-1)?.at(-1)?.push(word);
    else if (word.operator === '|') commands.at(-1)?.push([]);
    else if (word.operator === '||') return undefined;
    else if (commands.at(-1)?.at(-1)?.length !== 0) commands.push([[]]);
  }
  return commands.filter((pipeline) => pipeline.some((command) => command.length > 0));
}

function unquoted(word: string): string {
  return word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? '');
}

export interface HttpCall {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string;
  /** A failing status ends the command. */
  failing: boolean;
}

const CURL_VALUES: Record<string, string> = { d: 'data', X: 'request', H: 'header', o: '', w: '', m: '', A: '' };
const CURL_LONG: Record<string, string> = {
  ...byName(['data', 'request', 'header']),
  'data-raw': 'data',
  'max-time': '',
  output: '',
  retry: '',
  'connect-timeout': '',
};
const CURL_FLAGS = ['fail', 'silent', 'show-error', 'location', 'insecure'];

function byName(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** @returns undefined for options whose meaning is not known here */
export function readCurl([program, ...words]: string[]): HttpCall | undefined {
  if (program !== 'curl') return undefined;
  const given: [option: string, value: string][] = [];
  const addresses: string[] = [];
  let failing = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = curlOption(word);
    if (option === undefined) return undefined;
    failing ||= option.failing;
    if (option.takes !== undefined) given.push([option.takes, option.rest || (words.shift() ?? '')]);
    else if (!word.startsWith('-')) addresses.push(word);
  }
  const url = addresses.length === 1 ? addressOf(addresses[0] ?? '') : undefined;
  const body = given.find(([option]) => option === 'data')?.[1];
  if (!url || body?.startsWith('@')) return undefined;
  const method = given.find(([option]) => option === 'request')?.[1] ?? (body === undefined ? 'GET' : 'POST');
  const headers = headersOf(given.filter(([option]) => option === 'header').map(([, value]) => value));
  return { url, method, headers, body, failing };
}

/** `takes`: a value follows, perhaps in the same word (`rest`). */
function curlOption(word: string): { failing: boolean; takes?: string; rest?: string } | undefined {
  if (!word.startsWith('-')) return { failing: false };
  if (word.startsWith('--')) {
    const name = word.slice(2);
    if (Object.hasOwn(CURL_LONG, name)) return { failing: false, takes: CURL_LONG[name] };
    return CURL_FLAGS.includes(name) ? { failing: name === 'fail' } : undefined;
  }
  const letters = word.slice(1);
  const at = [...letters].findIndex((letter) => Object.hasOwn(CURL_VALUES, letter));
  const flags = at < 0 ? letters : letters.slice(0, at);
  if (!/^[fsSLkvi]*$/.test(flags)) return undefined;
  const failing = flags.includes('f');
  return at < 0 ? { failing } : { failing, takes: CURL_VALUES[letters[at] ?? ''] ?? '', rest: letters.slice(at + 1) };
}

interface LoadCall extends HttpCall {
  /** Undefined: as fast as it can. */
  requestsPerSecond?: number;
  /** What of the command a plan cannot say. */
  unsaid: string[];
}

const HEY_FLAGS = ['disable-compression', 'disable-keepalive', 'disable-redirects', 'h2'];
const HEY_KNOWN = ['c', 'q', 'z', 'm', 'H', 'host'];
const HEY_WORKERS = 50;

export function readHey([program, ...words]: string[]): LoadCall | undefined {
  const url = addressOf(words.pop() ?? '');
  if (program !== 'hey' || !url) return undefined;
  const options: [name: string, value: string][] = [];
  const unsaid: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const name = word.replace(/^--?/, '');
    if (name === word) return undefined;
    if (HEY_FLAGS.includes(name)) unsaid.push(word);
    else options.push([name, words.shift() ?? '']);
  }
  const all = (wanted: string) => options.flatMap(([name, value]) => (name === wanted ? [value] : []));
  const perSecond = Number(all('c')[0] ?? HEY_WORKERS) * Number(all('q')[0] ?? Number.NaN);
  const headers = headersOf([...all('H'), ...all('host').map((host) => `Host: ${host}`)]);
  unsaid.push(...options.filter(([name]) => !HEY_KNOWN.includes(name)).map(([name, value]) => `-${name} ${value}`));
  const requestsPerSecond = Number.isInteger(perSecond) ? perSecond : undefined;
  return { url, method: all('m')[0] ?? 'GET', headers, failing: false, requestsPerSecond, unsaid };
}

function headersOf(lines: string[]): Record<string, string> {
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(':')).trim(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return Object.fromEntries(pairs.filter(([name]) => name));
}

function addressOf(text: string): URL | undefined {
  return URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`) ?? undefined;
}

/** What `grep` looks for, where it is a plain text; a pattern is none. */
export function grepped([program, ...words]: string[]): { text?: string } | undefined {
  if (program !== 'grep') return undefined;
  const flags = words.filter((word) => word.startsWith('-'));
  const rest = words.filter((word) => !word.startsWith('-'));
  if (flags.some((flag) => !/^-[qFE]+$/.test(flag)) || rest.length !== 1) return undefined;
  const [pattern = ''] = rest;
  return /[.*[\]^$\\+?|(){}]/.test(pattern) && !flags.includes('-F') ? {} : { text: pattern };
}
