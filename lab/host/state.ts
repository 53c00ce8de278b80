/**
 * What a running lab says about itself: one JSON file in its run folder, written by the supervisor, read by everybody.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './errors.ts';

/** Everything `up` can start. A part left out (`--without`) does not appear in {@link LabState.parts}. */
export const PART_NAMES = [
  'etcd',
  'apiserver',
  'controller-manager',
  'base',
  'istiod',
  'kubelet',
  'gateway',
  'mesh-client',
  'pod-metrics',
  'prometheus',
  'temporal',
  'smtp',
] as const;
export type PartName = (typeof PART_NAMES)[number];

/** `starting` until every part is ready; `failed` and `stopped` stay in the file until the next `up`. */
export type LabPhase = 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';

/** `exited`: it ended although nobody asked it to. `stopped`: somebody asked (fault tests, `down`). */
type PartStatus = 'waiting' | 'starting' | 'ready' | 'exited' | 'stopped' | 'failed';

export interface PartState {
  status: PartStatus;
  /** Process id inside the lab's PID namespace; absent for parts that are work rather than a process. */
  pid?: number;
  /** Milliseconds from the part's own start to its first successful health check. */
  readyAfterMs?: number;
  /** Why it is `exited` or `failed`. */
  error?: string;
}

export interface LabState {
  name: string;
  /** Run folder: everything of this lab lies below it. */
  dir: string;
  phase: LabPhase;
  /** Process id, seen from outside, of the lab's init: the target for nsenter; its death ends the lab. 0 before it runs. */
  pid: number;
  /** Start time of {@link pid} in clock ticks since boot (field 22 of /proc/PID/stat): tells a reused pid from the lab. */
  pidStartTime: string;
  /** ISO 8601. */
  startedAt: string;
  /** Milliseconds from `up` to everything ready. */
  readyAfterMs?: number;
  /** Whether the lab lives in a user namespace of an ordinary user. */
  unprivileged: boolean;
  /** Why the phase is `failed`. */
  error?: string;
  parts: Partial<Record<PartName, PartState>>;

  /** Kubeconfig of a cluster administrator. */
  kubeconfig: string;
  /** Kubeconfig of the product's service account, which has the rights of deploy/ and no others, under the policies there. */
  productKubeconfig: string;
  /** URL of the Kubernetes API server, `https://127.0.0.1:6443`. */
  apiServer: string;
  /** PEM file of the certificate authority that signed every certificate of the lab. */
  caFile: string;
  /** Name of the only node. */
  node: string;
  /** JSON lines of audit.k8s.io/v1 at level Metadata, stage ResponseComplete. */
  auditLog: string;

  /** `host:port` of Temporal's frontend. */
  temporal: string;
  temporalUi: string;
  prometheus: string;
  /** Where users come in: Envoy bound to the port of the Gateway objects. */
  gateway: string;
  /** The same Envoy at the port of the Gateway `istio-ingress/gateway-api`, the parent of HTTPRoutes and GRPCRoutes. */
  gatewayApi: string;
  /** HTTP proxy of the mesh client: `curl -x URL http://reviews:9080/` goes through a sidecar. */
  meshProxy: string;
  /** Envoy's admin pages. */
  envoyAdmin: { gateway: string; meshClient: string };
  /** Folder of Envoy bootstrap files; image `envoy:NAME` runs `NAME.yaml`. */
  envoyDir: string;
  /** Every mail lands in `mailDir` as ID.eml and ID.json. */
  smtp: { host: string; port: number; mailDir: string };

  /** Absolute path of each program by name. */
  bin: Record<string, string>;
  /** Folder with one PART.log each. */
  logs: string;
  /** Unix socket of the supervisor: stop, start and signal parts. */
  controlSocket: string;
  /** Unix socket through which connections from outside reach addresses inside. */
  forwardSocket: string;
}

/** The lab's run folder: `$XDG_STATE_HOME/sluice-lab/NAME`, by default below `~/.local/state`. */
export function runDir(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new LabError(`lab name "${name}" is not usable: take 1 to 31 lower-case letters, digits and dashes`);
  }
  return join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'sluice-lab', name);
}

export function stateFile(dir: string): string {
  return join(dir, 'state.json');
}

/** A new lab's state, before anything runs. All addresses are inside the lab's own network, so they never vary. */
export function initialState(input: {
  name: string;
  dir: string;
  parts: readonly PartName[];
  bin: Record<string, string>;
  unprivileged: boolean;
  startedAt: Date;
}): LabState {
  const { name, dir, bin, unprivileged } = input;
  return {
    name,
    dir,
    phase: 'starting',
    pid: 0,
    pidStartTime: '',
    startedAt: input.startedAt.toISOString(),
    unprivileged,
    parts: Object.fromEntries(input.parts.map((part) => [part, { status: 'waiting' }])),
    kubeconfig: join(dir, 'admin.kubeconfig'),
    productKubeconfig: join(dir, 'sluice.kubeconfig'),
    apiServer: 'https://127.0.0.1:6443',
    caFile: join(dir, 'pki', 'ca.crt'),
    node: 'lab-0',
    auditLog: join(dir, 'audit.jsonl'),
    temporal: '127.0.0.1:7233',
    temporalUi: 'http://127.0.0.1:8233',
    prometheus: 'http://127.0.0.1:9090',
    gateway: 'http://127.0.0.1:8080',
    gatewayApi: 'http://127.0.0.1:8081',
    meshProxy: 'http://127.0.0.1:15081',
    envoyAdmin: { gateway: 'http://127.0.0.1:15000', meshClient: 'http://127.0.0.1:15001' },
    envoyDir: join(dir, 'envoy'),
    smtp: { host: '127.0.0.1', port: 1025, mailDir: join(dir, 'mail') },
    bin,
    logs: join(dir, 'logs'),
    controlSocket: join(dir, 'control.sock'),
    forwardSocket: join(dir, 'forward.sock'),
  };
}

/** Writes the state so that a reader never sees half of it. */
export function writeState(state: LabState): void {
  mkdirSync(state.dir, { recursive: true });
  const file = stateFile(state.dir);
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** Reads a state file; undefined when there is none. */
export function readStateFile(file: string): LabState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LabError(`cannot read the lab's state ${file}: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as LabState;
  } catch {
    throw new LabError(`the lab's state ${file} is not JSON: remove the folder around it and start the lab again`);
  }
}
