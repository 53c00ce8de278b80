/** Command lines of test hooks: `curl … | grep …` and `hey …`, as far as they can be read without a shell. */

/** Pipelines in a row, each of commands, each of words. */
export type Commands = string[][][];

/** @returns undefined for what needs a shell: variables, redirections, loops */
export function readCommands(text: string): Commands | undefined {
  if (text.length > 4096) return undefined;
  const words: (string | { operator: string })[] = [];
  const source = text.replace(/\\\r?\n/g, ' ').trim();
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    const operator = /^(?:&&|\|\||;|\||\n)/.exec(rest)?.[0];
    const blank = /^[ \t\r]+/.exec(rest)?.[0];
    const word = /^(?:"[^"\\$`]*"|'[^']*'|[^\s"'\\|&;<>`])+/.exec(rest)?.[0];
    if (blank) at += blank.length;
    else if (operator) at += words.push({ operator }) && operator.length;
    else if (word) at += words.push(unquoted(word)) && word.length;
    else return undefined;
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
const CURL_LONG: Record<string, string> = { ...byName(['data', 'request', 'header']), 'data-raw': 'data', 'max-time': '', output: '', retry: '', 'connect-timeout': '' };
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
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) {
      addresses.push(word);
    } else if (word.startsWith('--')) {
      const name = word.slice(2);
      if (Object.hasOwn(CURL_LONG, name)) given.push([CURL_LONG[name] ?? '', words[(at += 1)] ?? '']);
      else if (CURL_FLAGS.includes(name)) failing ||= name === 'fail';
      else return undefined;
    } else {
      const taking = [...word.slice(1)].findIndex((letter) => Object.hasOwn(CURL_VALUES, letter));
      const flags = taking < 0 ? word.slice(1) : word.slice(1, taking + 1);
      if (!/^[fsSLkvi]*$/.test(flags)) return undefined;
      failing ||= flags.includes('f');
      if (taking >= 0) given.push([CURL_VALUES[word[taking + 1] ?? ''] ?? '', word.slice(taking + 2) || (words[(at += 1)] ?? '')]);
    }
  }
  const url = addresses.length === 1 ? addressOf(addresses[0] ?? '') : undefined;
  const body = given.find(([option]) => option === 'data')?.[1];
  if (!url || body?.startsWith('@')) return undefined;
  const method = given.find(([option]) => option === 'request')?.[1] ?? (body === undefined ? 'GET' : 'POST');
  const headers = headersOf(given.filter(([option]) => option === 'header').map(([, value]) => value));
  return { url, method, headers, body, failing };
}

export interface LoadCall extends HttpCall {
  /** Undefined: as fast as it can. */
  requestsPerSecond?: number;
  /** What of the command a plan cannot say. */
  unsaid: string[];
}

const HEY_FLAGS = ['disable-compression', 'disable-keepalive', 'disable-redirects', 'h2'];
const HEY_WORKERS = 50;

export function readHey([program, ...words]: string[]): LoadCall | undefined {
  if (program !== 'hey' || words.length === 0) return undefined;
  const url = addressOf(words.at(-1) ?? '');
  const options = new Map<string, string[]>();
  const unsaid: string[] = [];
  for (let at = 0; at < words.length - 1; at += 1) {
    const name = (words[at] ?? '').replace(/^--?/, '');
    if (name === words[at]) return undefined;
    if (HEY_FLAGS.includes(name)) unsaid.push(`-${name}`);
    else options.set(name, [...(options.get(name) ?? []), words[(at += 1)] ?? '']);
  }
  if (!url) return undefined;
  const one = (name: string) => options.get(name)?.[0];
  const [workers, rate] = [Number(one('c') ?? HEY_WORKERS), Number(one('q') ?? Number.NaN)];
  const host = one('host');
  const headers = { ...headersOf(options.get('H') ?? []), ...(host && { Host: host }) };
  const known = ['c', 'q', 'z', 'm', 'H', 'host'];
  unsaid.push(...[...options].filter(([name]) => !known.includes(name)).map(([name, values]) => `-${name} ${values[0]}`));
  const requestsPerSecond = Number.isInteger(workers * rate) ? workers * rate : undefined;
  return { url, method: one('m') ?? 'GET', headers, failing: false, requestsPerSecond, unsaid };
}

function headersOf(lines: string[]): Record<string, string> {
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]);
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
