import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  commandLine,
  loopbackOf,
  ownAddress,
  type ProgramSetup,
  type RealImage,
  type RealSetup,
} from '../programs/index.ts';
import { ConfigError, expand } from './environment.ts';
import type { Places } from './places.ts';
import { type Ask, tcpTarget } from './probe-target.ts';
import type { ProcessSpec } from './process.ts';
import type { Container } from './types.ts';

/** How a program is started, and what is asked for readiness when the container has no probe for it. */
export interface ProgramCommand {
  command: Pick<ProcessSpec, 'command' | 'args' | 'env'>;
  readiness: Ask | null;
}

type Env = Record<string, string>;

// A program holds nothing; a quarter less memory for each pod.
const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=64'];

/** The default HTTP program. */
export function defaultCommand(setup: ProgramSetup, env: Env, places: Places): ProgramCommand {
  return { command: node('main.ts', setup, env, places), readiness: null };
}

/**
 * A real program and its sidecar; it is ready when its ports answer.
 * @throws ConfigError when the container has nothing to run
 */
export function realCommand(
  image: RealImage,
  container: Container,
  common: Omit<RealSetup, 'argv' | 'ports' | 'upstream'>,
  env: Env,
  places: Places,
): ProgramCommand {
  const upstream = loopbackOf(common.address);
  const { argv, ports } = ownAddress(
    commandLine(image, container).map((word) => expand(word, env)),
    upstream,
  );
  if (argv.length === 0) throw new ConfigError(`container ${container.name}: no command specified`);
  const own = { HOME: common.dir, ...searchPaths(image, places), ...image.env, ...env };
  const setup: RealSetup = { ...common, argv, ports, upstream };
  return { command: node('real-main.ts', setup, own, places), readiness: allPorts(upstream, ports) };
}

function searchPaths(image: RealImage, places: Places): Env {
  const path = process.env.PATH ?? '';
  if (!image.packages) return { PATH: path };
  const packages = places[image.packages];
  // The folder is shared by all labs of this user, so nothing may be written there.
  return { PATH: `${join(packages, 'bin')}:${path}`, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
}

function allPorts(host: string, ports: number[]): Ask | null {
  if (ports.length === 0) return null;
  const asks = ports.map((port) => tcpTarget(host, port));
  return async (timeoutMs) => {
    const answers = await Promise.all(asks.map((ask) => ask(timeoutMs)));
    return answers.find(({ ok }) => !ok) ?? { ok: true, reason: '' };
  };
}

function node(main: string, setup: ProgramSetup | RealSetup, env: Env, places: Places): ProgramCommand['command'] {
  return {
    command: process.execPath,
    args: [...SMALL_HEAP, fileURLToPath(new URL(`../programs/${main}`, import.meta.url))],
    env: {
      PATH: process.env.PATH ?? '',
      // Without type stripping and parsing a program is up in half the time.
      NODE_COMPILE_CACHE: join(places.dir, 'program-cache'),
      ...env,
      LAB_PROGRAM: JSON.stringify(setup),
    },
  };
}
