import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describePeer } from '../mesh-metrics/index.ts';
import { type ProgramSetup, parseImage } from '../programs/index.ts';
import { ConfigError, type ReadValues, resolveEnvironment } from './environment.ts';
import { envoyArguments, readBootstrap } from './envoy.ts';
import { type Ask, httpTarget, probeTarget } from './probe-target.ts';
import type { ProcessSpec } from './process.ts';
import type { Container, Pod } from './types.ts';

/** Where things lie on this machine. */
export interface Places {
  /** The lab's run folder. */
  dir: string;
  /** The Envoy binary. */
  envoy: string;
}

/** A container that can be started. */
export interface Launch {
  process: ProcessSpec;
  imageId: string;
  /** Asked for readiness when the container has no readinessProbe of its own. */
  defaultReadiness: Ask | null;
  /** The access log that the container writes. */
  accessLog: string | null;
}

const PROGRAM = fileURLToPath(new URL('../programs/main.ts', import.meta.url));
// A program holds nothing; a quarter less memory for each pod.
const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=64'];
const DEFAULT_PORT = 9080;
const DEFAULT_DRAIN_S = 1.5;

/**
 * Turns a container into a process: reads its image, resolves its environment.
 * @throws ImageError when the image cannot be pulled, ConfigError when the container is configured wrongly
 */
export async function prepareLaunch(
  pod: Pod,
  container: Container,
  address: string,
  places: Places,
  read: ReadValues,
): Promise<Launch> {
  const image = parseImage(container.image);
  checkProbes(container, address);
  const env = await resolveEnvironment(pod, container, address, read);
  const dir = podDir(places.dir, pod);
  const output = join(dir, 'output.log');
  if (image.kind === 'envoy') {
    const bootstrap = join(places.dir, 'envoy', `${image.tag}.yaml`);
    const accessLog = join(places.dir, 'access', `${image.tag}.jsonl`);
    const envoy = { command: places.envoy, args: envoyArguments(bootstrap), env, stdout: accessLog, stderr: output };
    return { process: envoy, imageId: image.imageId, defaultReadiness: envoyReadiness(bootstrap), accessLog };
  }
  const setup: ProgramSetup = {
    pod: pod.metadata.name,
    container: container.name,
    address,
    port: portOf(container, env),
    version: image.tag,
    behaviours: image.behaviours,
    dir,
    peer: container === pod.spec.containers[0] ? describePeer(pod) : null,
    drainMs: drainSeconds(container, env) * 1000,
  };
  return {
    process: { ...nodeCommand(places, setup, env), stdout: output, stderr: output },
    imageId: image.imageId,
    defaultReadiness: null,
    accessLog: null,
  };
}

/** Folder of a pod's logs. */
export function podDir(dir: string, pod: Pod): string {
  return join(dir, 'pods', pod.metadata.namespace, pod.metadata.name);
}

function nodeCommand(places: Places, setup: ProgramSetup, env: Record<string, string>) {
  return {
    command: process.execPath,
    args: [...SMALL_HEAP, PROGRAM],
    env: {
      PATH: process.env.PATH ?? '',
      // Without type stripping and parsing a program is up in half the time.
      NODE_COMPILE_CACHE: join(places.dir, 'program-cache'),
      ...env,
      LAB_PROGRAM: JSON.stringify(setup),
    },
  };
}

function envoyReadiness(bootstrap: string): Ask {
  try {
    return httpTarget({ ...readBootstrap(bootstrap), path: '/ready' });
  } catch (error) {
    throw new ConfigError((error as Error).message);
  }
}

function checkProbes(container: Container, address: string): void {
  for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
    try {
      if (probe) probeTarget(probe, container, address);
    } catch (error) {
      throw new ConfigError((error as Error).message);
    }
  }
}

function drainSeconds(container: Container, env: Record<string, string>): number {
  const seconds = Number(env.DRAIN_SECONDS ?? DEFAULT_DRAIN_S);
  if (seconds >= 0) return seconds;
  throw new ConfigError(`container ${container.name}: DRAIN_SECONDS is "${env.DRAIN_SECONDS}", seconds are needed`);
}

function portOf(container: Container, env: Record<string, string>): number {
  const port = Number(env.PORT ?? container.ports?.[0]?.containerPort ?? DEFAULT_PORT);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new ConfigError(`container ${container.name}: PORT is "${env.PORT}", a port number is needed`);
}
