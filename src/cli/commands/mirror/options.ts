/** From the flags of `sluice mirror start` to a mirror, with problems that name the flag. */
import { readFile, stat } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { MirrorSpec } from '../../../contract/mirror.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { mirrorName } from './snapshot.ts';

export interface MirrorFlags {
  file?: string;
  namespace?: string;
  /** `KIND/NAME` or `KIND/NAMESPACE/NAME` */
  route?: string;
  rule?: string[];
  from?: { host: string; subset?: string; port?: number };
  to?: { host: string; subset?: string; port?: number };
  percent?: number;
  for?: string;
  method?: string[];
  pathPrefix?: string;
  header?: Record<string, string>;
  unsafeMethods?: boolean;
  prometheus?: string;
  source?: string;
}

/** `VirtualService/name` or `HTTPRoute/namespace/name` @throws CliError 2 */
export function routeValue(text: string, kinds: readonly string[]): { kind: string; name: string; namespace?: string } {
  const [kind = '', first = '', second, ...rest] = text.split('/');
  const known = kinds.find((one) => one.toLowerCase() === kind.toLowerCase());
  if (!known || first === '' || second === '' || rest.length > 0) {
    const forms = `KIND/NAME or KIND/NAMESPACE/NAME with KIND one of ${kinds.join(', ')}`;
    throw new CliError(EXIT.usage, `--route: write ${forms}`);
  }
  return second === undefined ? { kind: known, name: first } : { kind: known, namespace: first, name: second };
}

/** `host`, `host:subset`, `host:port` or `host:subset:port`; a subset is no number. */
export function destinationValue(text: string): NonNullable<MirrorFlags['from']> {
  const [host = '', ...parts] = text.split(':');
  const ports = parts.filter((part) => /^\d+$/.test(part));
  const subsets = parts.filter((part) => !/^\d+$/.test(part));
  if (host === '' || ports.length > 1 || subsets.length > 1 || parts.includes('')) {
    throw new InvalidArgumentError('Write HOST, HOST:SUBSET or HOST:PORT, for example forecast:v1.');
  }
  const [subset] = subsets;
  const [port] = ports;
  return { host, ...(subset === undefined ? {} : { subset }), ...(port === undefined ? {} : { port: Number(port) }) };
}

export function headerValue(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [name, ...value] = text.split('=');
  if (!name || value.length === 0) throw new InvalidArgumentError('Write NAME=VALUE, for example x-group=beta.');
  return { ...before, [name]: value.join('=') };
}

export function listValue(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** @throws CliError 2 with every problem, 5 when there is no such file */
export async function mirrorOf(name: string | undefined, flags: MirrorFlags, cluster: string): Promise<MirrorSpec> {
  if (flags.file !== undefined) return mirrorFromFile(name, flags, cluster);
  if (name === undefined) {
    throw new CliError(
      EXIT.usage,
      'the mirror has no name',
      'Write sluice mirror start NAME … or sluice mirror start -f FILE.',
    );
  }
  const named = mirrorName(name, flags.namespace);
  const [{ readMirrorValue }, { MIRROR_KINDS }] = await Promise.all([
    import('../../../plan/schema/mirror.ts'),
    import('../../../routers/registry.ts'),
  ]);
  const { method, pathPrefix, header } = flags;
  const match = { methods: method?.map((one) => one.toUpperCase()), pathPrefix, headers: header };
  const spec = {
    route: flags.route && { ...routeValue(flags.route, MIRROR_KINDS), rules: flags.rule },
    from: flags.from,
    to: flags.to,
    percent: flags.percent,
    duration: flags.for,
    match: method || pathPrefix !== undefined || header ? match : undefined,
    unsafeMethods: flags.unsafeMethods,
    prometheus: flags.prometheus,
    source: flags.source,
  };
  const read = readMirrorValue({ metadata: named, spec }, cluster);
  if ('spec' in read) return read.spec;
  const lines = read.problems.map(({ path, message, remedy }) => `${flagOf(path)}: ${message}; ${remedy}`);
  throw new CliError(EXIT.usage, lines.join('\n'), 'Help: sluice mirror start --help');
}

/** Which flag a place of the document is. */
const FLAGS: [place: string, flag: string][] = [
  ['spec.route.rules', '--rule'],
  ['spec.route', '--route'],
  ['spec.from', '--from'],
  ['spec.to', '--to'],
  ['spec.percent', '--percent'],
  ['spec.duration', '--for'],
  ['spec.match.methods', '--method'],
  ['spec.match.pathPrefix', '--path-prefix'],
  ['spec.match.headers', '--header'],
  ['spec.unsafeMethods', '--unsafe-methods'],
  ['spec.prometheus', '--prometheus'],
  ['spec.source', '--source'],
];

function flagOf(path: string): string {
  return FLAGS.find(([place]) => path.startsWith(place))?.[1] ?? path.replace('metadata.', '');
}

const LARGEST_FILE = 256 * 1024;

async function mirrorFromFile(name: string | undefined, flags: MirrorFlags, cluster: string): Promise<MirrorSpec> {
  const { file = '' } = flags;
  const others = Object.keys(flags).filter((flag) => !['file', 'wait', 'by', 'reason'].includes(flag));
  if (name !== undefined || others.length > 0) {
    const what = [name, ...others.map((flag) => `--${flag}`)].filter(Boolean).join(', ');
    throw new CliError(EXIT.usage, `the file says everything about the mirror, so ${what} cannot be given as well`);
  }
  const text = await read(file);
  const [{ loadMirrorText }, { formatProblems }] = await Promise.all([
    import('../../../plan/schema/mirror.ts'),
    import('../../../plan/problem.ts'),
  ]);
  const loaded = loadMirrorText(text, file, cluster);
  if ('spec' in loaded) return loaded.spec;
  throw new CliError(EXIT.usage, formatProblems(loaded.problems));
}

async function read(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) throw new CliError(EXIT.usage, `${file} is larger than ${LARGEST_FILE / 1024} KiB`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}
