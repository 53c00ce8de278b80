/** docker-compose.yml and the Dockerfile as the tests read them: what Compose would make of them, without Docker. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

export interface ComposeService {
  image: string;
  build?: { context: string; args?: Record<string, string> };
  entrypoint?: string[];
  command?: string[];
  /** Only variables with a value: Compose does not set the others. */
  environment: Record<string, string>;
  healthcheck?: { test: string[]; interval: string; timeout: string; retries: number; start_period: string };
  depends_on?: Record<string, { condition: string }>;
  mounts: Mount[];
  ports?: string[];
  restart: string;
  stop_grace_period?: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  container_name?: string;
}

type Variables = Record<string, string | undefined>;

export function readProjectFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The file as YAML says it, with variables still in it. */
export function composeDocument(): Record<string, unknown> {
  return parse(readProjectFile('docker-compose.yml'), { merge: true });
}

/** @throws Error that names the variable when one without a default has no value */
export function readCompose(variables: Variables): Record<string, ComposeService> {
  const { services } = substitute(composeDocument(), variables) as { services: Record<string, RawService> };
  return Object.fromEntries(Object.entries(services).map(([name, raw]) => [name, toService(raw, variables)]));
}

type RawMount = string | { source: string; target: string; read_only?: boolean };
interface RawService extends Omit<ComposeService, 'environment' | 'mounts'> {
  environment?: Record<string, string | null>;
  volumes?: RawMount[];
}

function toService({ environment = {}, volumes = [], ...rest }: RawService, variables: Variables): ComposeService {
  const values = Object.entries(environment).map(([name, value]) => [name, value ?? variables[name]] as const);
  const set = values.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...rest, environment: Object.fromEntries(set), mounts: volumes.map(toMount) };
}

function toMount(raw: RawMount): Mount {
  if (typeof raw !== 'string') return { source: raw.source, target: raw.target, readOnly: raw.read_only === true };
  const [source = '', target = '', mode] = raw.split(':');
  return { source, target, readOnly: mode === 'ro' };
}

function substitute(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => substitute(item, variables));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, variables)]));
}

const VARIABLE = /\$\{(?<name>[A-Z_]+)(?<operator>:-|:\?)(?<rest>[^}]*)\}/g;

/** `${NAME:-default}` and `${NAME:?message}`, the two forms that the file uses. */
function interpolate(text: string, variables: Variables): string {
  const result = text.replace(VARIABLE, (...match) => {
    const { name, operator, rest } = match.at(-1) as { name: string; operator: string; rest: string };
    if (variables[name]) return variables[name];
    if (operator === ':?') throw new Error(`required variable ${name} is missing a value: ${rest}`);
    return rest;
  });
  if (/\$\{?[A-Z]/.test(result)) throw new Error(`a variable of another form than \${NAME:-default}: ${text}`);
  return result;
}

/** Every variable that the file mentions, with its default; undefined for one that has none. */
export function composeVariables(): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const { groups } of readProjectFile('docker-compose.yml').matchAll(VARIABLE)) {
    const { name = '', operator, rest } = groups ?? {};
    const value = operator === ':-' ? rest : undefined;
    if (found.has(name) && found.get(name) !== value) throw new Error(`${name} has two defaults`);
    found.set(name, value);
  }
  return found;
}

export interface Image {
  /** `FROM` of every stage. */
  bases: string[];
  /** Defaults of `ARG`. */
  args: Record<string, string>;
  /** Of the last stage. */
  env: Record<string, string>;
  entrypoint: string[];
  user: string;
  /** Sources of `COPY` from the build context. */
  copied: string[];
}

export function readDockerfile(): Image {
  const text = readProjectFile('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const image: Image = { bases: [], args: {}, env: {}, entrypoint: [], user: 'root', copied: [] };
  for (const line of text.split('\n').map((part) => part.trim())) {
    const [, keyword = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      image.bases.push(rest.split(' ')[0] ?? '');
      Object.assign(image, { env: {}, entrypoint: [], user: 'root' });
    }
    if (keyword === 'ARG') Object.assign(image.args, pairs(rest));
    if (keyword === 'ENV') Object.assign(image.env, pairs(rest));
    if (keyword === 'ENTRYPOINT') image.entrypoint = JSON.parse(rest);
    if (keyword === 'USER') image.user = rest;
    if (keyword === 'COPY' && !rest.startsWith('--from')) image.copied.push(...rest.split(/\s+/).slice(0, -1));
  }
  return image;
}

function pairs(text: string): Record<string, string> {
  return Object.fromEntries(text.split(/\s+/).map((pair) => pair.split('=') as [string, string]));
}

/** Whole seconds of a duration such as `60s` or `2m`. */
export function seconds(duration: string): number {
  const [, amount, unit] = /^(\d+)([sm])$/.exec(duration) ?? [];
  if (!amount) throw new Error(`not a duration in s or m: ${duration}`);
  return Number(amount) * (unit === 'm' ? 60 : 1);
}
