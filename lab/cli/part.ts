import { constants } from 'node:os';
import { type ControlRequest, sendControl } from '../host/control.ts';
import { LabError } from '../host/errors.ts';
import { PART_NAMES, type PartName } from '../host/state.ts';
import { runningLab } from './running.ts';

export async function partCommand(name: string, part: string, action: string): Promise<void> {
  if (!isPart(part)) throw new LabError(`"${part}" is no part of the lab: parts are ${PART_NAMES.join(', ')}`);
  await sendControl(runningLab(name).controlSocket, toRequest(part, action));
  console.log(`${part}: ${action} done`);
}

function isPart(text: string): text is PartName {
  return PART_NAMES.some((name) => name === text);
}

function toRequest(part: PartName, action: string): ControlRequest {
  if (action === 'stop' || action === 'start') return { verb: action, part };
  if (isSignal(action)) return { verb: 'signal', part, signal: action };
  throw new LabError(`"${action}" is neither stop nor start nor a signal such as SIGSTOP`);
}

function isSignal(text: string): text is NodeJS.Signals {
  return Object.hasOwn(constants.signals, text);
}
