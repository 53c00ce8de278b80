/**
 * The lab: real etcd, Kubernetes API server and controllers, istiod, Envoy, Prometheus and Temporal on one machine, in a
 * network of their own, with pods as plain processes. This file is what tests, demo and benchmarks use; the command line
 * is cli.ts. Nothing in src/ may import anything from here.
 */
import {
  LabError,
  type LabState,
  labCondition,
  type PartName,
  readStateFile,
  runDir,
  sendControl,
  stateFile,
} from './host/index.ts';

export { PRODUCT_USER } from './control-plane/pki.ts';
export {
  down,
  LabError,
  type LabState,
  openForward,
  type PartName,
  signalInside,
  spawnInside,
  up,
} from './host/index.ts';

/** The last known state of a lab; undefined when there never was one. {@link isUp} tells whether it runs. */
export function readState(name = 'default'): LabState | undefined {
  return readStateFile(stateFile(runDir(name)));
}

/** Whether a lab runs and all its parts were ready, judged from outside it. */
export function isUp(name = 'default'): boolean {
  const state = readState(name);
  return state?.phase === 'ready' && labCondition(state) === 'live';
}

/** The lab this process runs inside of. */
export function currentLab(): LabState {
  const file = process.env.SLUICE_LAB_STATE;
  if (!file) throw new LabError('this must run inside a lab: npm run lab -- exec -- COMMAND');
  const state = readStateFile(file);
  if (!state) throw new LabError(`SLUICE_LAB_STATE names a lab that is gone: ${file}`);
  return state;
}

/** Sends a signal to a part: SIGSTOP makes it hang, SIGCONT goes on, SIGKILL is a crash. */
export function signalPart(state: LabState, part: PartName, signal: NodeJS.Signals): Promise<void> {
  return sendControl(state.controlSocket, { verb: 'signal', part, signal });
}
