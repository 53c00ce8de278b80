import type { Peer } from '../mesh-metrics/peer.ts';
import type { Behaviours } from './behaviours.ts';

/** What the kubelet tells a program about itself: JSON in the environment variable LAB_PROGRAM. */
export interface ProgramSetup {
  pod: string;
  container: string;
  address: string;
  port: number;
  /** The tag of the image, sent with each answer as `x-version`. */
  version: string;
  behaviours: Behaviours;
  /** Folder of the pod's logs. */
  dir: string;
  /** Who the pod is in the mesh; null for containers without the sidecar port (all but the first). */
  peer: Peer | null;
  /** How long the program serves on after SIGTERM, milliseconds. */
  drainMs: number;
}

/** Port of metrics and runtime control, where a pod's Istio sidecar serves its own. */
export const SIDECAR_PORT = 15020;

/** Reads LAB_PROGRAM. @throws Error when it is missing: programs are started by the kubelet, not by hand. */
export function readSetup(env: NodeJS.ProcessEnv): ProgramSetup {
  if (!env.LAB_PROGRAM) throw new Error('LAB_PROGRAM is not set: programs are started by the kubelet of the lab');
  return JSON.parse(env.LAB_PROGRAM) as ProgramSetup;
}
