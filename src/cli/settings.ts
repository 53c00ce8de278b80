/** What every command knows: the global options with the environment filled in. */
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { Look } from './render/look.ts';

export interface Settings {
  output: 'text' | 'json' | 'jsonl';
  color: 'auto' | 'always' | 'never';
  /** host:port of the Temporal frontend. */
  temporalAddress: string;
  temporalNamespace: string;
  cluster: string;
  quiet: boolean;
}

interface GlobalOptions {
  output: Settings['output'];
  color: Settings['color'];
  temporal: string;
  temporalNamespace: string;
  cluster: string;
  quiet?: boolean;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(
      new Option('-o, --output <format>', 'how data is printed').choices(['text', 'json', 'jsonl']).default('text'),
    )
    .addOption(
      new Option('--color <when>', 'NO_COLOR and TERM=dumb count as never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .addOption(
      new Option('--temporal <address>', 'Temporal frontend').env('TEMPORAL_ADDRESS').default('localhost:7233'),
    )
    .addOption(
      new Option('--temporal-namespace <name>', 'Temporal namespace').env('TEMPORAL_NAMESPACE').default('default'),
    )
    .addOption(new Option('--cluster <name>', 'cluster of the rollouts').default('local'))
    .addOption(new Option('-q, --quiet', 'say nothing on stderr but errors'));
}

export function settingsOf(command: Command): Settings {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    output: options.output,
    color: options.color,
    temporalAddress: options.temporal,
    temporalNamespace: options.temporalNamespace,
    cluster: options.cluster,
    quiet: options.quiet ?? false,
  };
}

const DEFAULT_WIDTH = 80;
const WIDEST = 140;

interface Sink {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** Colour and width are decided for each stream by itself. */
export function lookOf(stream: Sink, color: Settings['color'], env: NodeJS.ProcessEnv = process.env): Look {
  return {
    width: Math.min(stream.columns || DEFAULT_WIDTH, WIDEST),
    color: wantsColor(stream, color, env),
    unicode: wantsUnicode(env),
  };
}

/** Order: the flag, then NO_COLOR and TERM=dumb, then whether people look at it. */
function wantsColor(stream: Sink, color: Settings['color'], env: NodeJS.ProcessEnv): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.NO_COLOR || env.TERM === 'dumb') return false;
  return stream.isTTY === true;
}

/** The first of these that is set decides, as in setlocale(3); none set: a container's bare shell, where UTF-8 is usual. */
function wantsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env.TERM === 'dumb' || env.TERM === 'linux') return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return !locale || /utf-?8/i.test(locale);
}

/** Login name; a container without a user entry has none. */
export function loginName(env: NodeJS.ProcessEnv = process.env): string {
  if (env.USER) return env.USER;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
