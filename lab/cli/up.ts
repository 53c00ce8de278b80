import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, NOT_UP } from '../host/errors.ts';
import { down, up } from '../host/launch.ts';
import { type LabCondition, labCondition } from '../host/liveness.ts';
import { partEnded, processError } from '../host/log-end.ts';
import { type LabState, readStateFile, runDir, stateFile } from '../host/state.ts';
import { startProgress } from './start-progress.ts';
import { headline, nextCommands, partsTable } from './table.ts';

export async function upCommand(options: { name: string; without?: string; foreground?: boolean }): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());
  const without = options.without?.split(',').map((part) => part.trim()) ?? [];
  const { onState, done } = startProgress();
  const state = await up({ name: options.name, without, signal: interrupt.signal, onState }).finally(done);
  console.log(`${headline(state)}\n\n${partsTable(state)}\n`);
  console.log(options.foreground ? 'Ctrl-C takes it down.' : nextCommands(state));
  if (options.foreground) await untilOver(state, interrupt.signal);
}

async function untilOver(state: LabState, interrupt: AbortSignal): Promise<void> {
  while (!interrupt.aborted) {
    if (labCondition(state) !== 'live')
      throw processError(`lab ${state.name} has ended by itself`, join(state.logs, 'supervisor.log'));
    await sleep(500, undefined, { signal: interrupt }).catch(() => undefined);
  }
  await downCommand(state.name);
}

export async function downCommand(name: string): Promise<void> {
  const ended = await down(name);
  console.log(ended ? `lab ${name} is down; its logs are kept until the next start` : `lab ${name} was not up`);
}

export function statusCommand(name: string, output: string): void {
  if (output !== 'table' && output !== 'json')
    throw new LabError(`--output "${output}" is unknown: take table or json`);
  const state = readStateFile(stateFile(runDir(name)));
  const condition = labCondition(state);
  const up = condition === 'live' && state?.phase === 'ready' && allRun(state);
  process.exitCode = up ? 0 : NOT_UP;
  if (output === 'json') console.log(JSON.stringify({ up, condition, state: state ?? null }, null, 2));
  else console.log(statusText(name, condition, state));
}

function statusText(name: string, condition: LabCondition, state: LabState | undefined): string {
  if (!state) return `lab ${name} is not up`;
  if (condition === 'stale') return `lab ${name} is not up: it crashed; the next "up" cleans up after it`;
  const ended = partEnded(state);
  const why = ended ? ['', ended.message, ...ended.details.map((line) => `  ${line}`)] : [];
  return [headline(state), ...(state.error ? [state.error] : []), '', partsTable(state), ...why].join('\n');
}

function allRun(state: LabState): boolean {
  return Object.values(state.parts).every((part) => part.status === 'ready');
}
