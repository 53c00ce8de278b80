/**
 * Holds a lab together. Outside: launch (up and down), inside (commands), forward (ports over the border). Inside the
 * lab's namespaces: init.sh, the supervisor and its part runners. Between them: the state file and two Unix sockets.
 * What a part is and how it starts belongs to the part's own folder; all-parts.ts lists them.
 */
export { sendControl } from './control.ts';
export { LabError } from './errors.ts';
export { openForward } from './forward.ts';
export { signalInside, spawnInside } from './inside.ts';
export { down, up } from './launch.ts';
export { labCondition } from './liveness.ts';
export {
  type LabState,
  type PartName,
  readStateFile,
  runDir,
  stateFile,
} from './state.ts';
