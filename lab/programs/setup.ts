import type { Peer } from '../mesh-metrics/peer.ts';
import type { Behaviours } from './behaviours.ts';

/** What the kubelet tells every program about itself: JSON in the environment variable LAB_PROGRAM. */
interface Setup {
  container: string;
  address: string;
  /** Folder of the pod's logs. */
  dir: string;
  /** Who the pod is in the mesh; null for containers without the sidecar port (all but the first). */
  peer: Peer | null;
  /** How long the program serves on after SIGTERM, milliseconds. */
  drainMs: number;
}

/** The default HTTP program. */
export interface ProgramSetup extends Setup {
  pod: string;
  port: number;
  /** The tag of the image, sent with each answer as `x-version`. */
  version: string;
  behaviours: Behaviours;
}

/** A real program behind a sidecar. */
export interface RealSetup extends Setup {
  argv: string[];
  /** Address at which the program listens. */
  upstream: string;
  /** Ports of the pod that lead to the same port of `upstream`. */
  ports: number[];
}

/** Port of metrics and runtime control, where a pod's Istio sidecar serves its own. */
export const SIDECAR_PORT = 15020;

/** Port of the sidecar's Envoy alone, as Istio's bootstrap opens it. */
export const ENVOY_STATS_PORT = 15090;

/** Reads LAB_PROGRAM. @throws Error when it is missing: programs are started by the kubelet, not by hand. */
export function readSetup<S extends Setup = ProgramSetup>(env: NodeJS.ProcessEnv): S {
  if (!env.LAB_PROGRAM) throw new Error('LAB_PROGRAM is not set: programs are started by the kubelet of the lab');
  return JSON.parse(env.LAB_PROGRAM) as S;
}
