import { LabError, NOT_UP } from '../host/errors.ts';
import { labCondition } from '../host/liveness.ts';
import { type LabState, readStateFile, runDir, stateFile } from '../host/state.ts';

/** The state of a lab that runs now. */
export function runningLab(name: string): LabState {
  const state = readStateFile(stateFile(runDir(name)));
  if (state && labCondition(state) === 'live') return state;
  const start = name === 'default' ? 'npm run lab -- up' : `npm run lab -- --name ${name} up`;
  throw new LabError(`lab ${name} is not up: start it with "${start}"`, [], NOT_UP);
}
