import { join } from 'node:path';
import { describePeer } from '../mesh-metrics/index.ts';
import { type ParsedImage, parseImage } from '../programs/index.ts';
import { ConfigError, type ReadValues, resolveEnvironment } from './environment.ts';
import { envoyArguments, readBootstrap } from './envoy.ts';
import type { Places } from './places.ts';
import { containerLog, podDir } from './pod-files.ts';
import { type Ask, httpTarget, probeTarget } from './probe-target.ts';
import type { ProcessSpec } from './process.ts';
import { defaultCommand, realCommand } from './program-command.ts';
import type { Container, KubeletPod } from './types.ts';

/** A container that can be started. */
export interface Launch {
  process: ProcessSpec;
  imageId: string;
  /** Asked for readiness when the container has no readinessProbe of its own. */
  defaultReadiness: Ask | null;
  /** The access log that the container writes. */
  accessLog: string | null;
}

const DEFAULT_PORT = 9080;
const DEFAULT_DRAIN_S = 1.5;

/**
 * Turns a container into a process: reads its image, resolves its environment.
 * @throws ImageError when the image cannot be pulled, ConfigError when the container is configured wrongly
 */
export async function prepareLaunch(
  pod: KubeletPod,
  container: Container,
  address: string,
  places: Places,
  read: ReadValues,
): Promise<Launch> {
  const image = parseImage(container.image);
  checkProbes(container, address);
  const env = await resolveEnvironment(pod, container, address, read);
  const dir = podDir(places.dir, pod.metadata);
  const output = containerLog(places.dir, pod.metadata);
  if (image.kind === 'envoy') {
    const bootstrap = join(places.dir, 'envoy', `${image.tag}.yaml`);
    const accessLog = join(places.dir, 'access', `${image.tag}.jsonl`);
    const envoy = { command: places.envoy, args: envoyArguments(bootstrap), env, stdout: accessLog, stderr: output };
    return { process: envoy, imageId: image.imageId, defaultReadiness: envoyReadiness(bootstrap), accessLog };
  }
  const common = {
    container: container.name,
    address,
    dir,
    peer: container === pod.spec.containers[0] ? describePeer(pod) : null,
    drainMs: drainSeconds(container, env) * 1000,
  };
  const { command, readiness } = image.real
    ? realCommand(image.real, container, common, env, places)
    : defaultCommand({ ...common, ...identity(pod, container, image, env) }, env, places);
  return {
    process: { ...command, stdout: output, stderr: output },
    imageId: image.imageId,
    defaultReadiness: readiness,
    accessLog: null,
  };
}

function identity(pod: KubeletPod, container: Container, image: ParsedImage, env: Record<string, string>) {
  const { tag: version, behaviours } = image;
  return { pod: pod.metadata.name, port: portOf(container, env), version, behaviours };
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
