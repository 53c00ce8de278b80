import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initialState, type LabState, writeState } from '../../../../lab/host/state.ts';
import { Watch } from '../../../../lab/story/index.ts';

let lab: LabState;
beforeAll(() => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
  lab = initialState({ name: 'w', dir, parts: ['istiod'], bin: {}, unprivileged: false, startedAt: new Date() });
  writeState(lab);
});
afterAll(() => rmSync(lab.dir, { recursive: true }));

const reasonOf = async ({ signal }: Watch) => {
  if (!signal.aborted) await once(signal, 'abort', { signal: AbortSignal.timeout(5_000) });
  return String(signal.reason);
};

it('reports a process that ends, with its exit code and what it said', async () => {
  const log = join(lab.dir, 'worker.log');
  writeFileSync(log, 'error: no Temporal\n');
  const watch = new Watch(lab);
  watch.add('sluice worker', spawn('sh', ['-c', 'exit 3']), log);
  expect(await reasonOf(watch)).toBe('LabError: sluice worker ended with exit code 3: error: no Temporal');
});

it('reports a signal, and not an end that was wanted', async () => {
  const watch = new Watch(lab);
  const [wanted, unwanted] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
  watch.add('the one', wanted, join(lab.dir, 'none.log'));
  watch.add('the other', unwanted, join(lab.dir, 'none.log'));
  watch.release(wanted);
  wanted.kill('SIGKILL');
  await once(wanted, 'exit');
  expect(watch.signal.aborted).toBe(false);
  unwanted.kill('SIGKILL');
  expect(await reasonOf(watch)).toBe('LabError: the other ended by SIGKILL');
});

it('reports a part of the lab that ended by itself, as the cause of what followed', async () => {
  const watch = new Watch(lab);
  writeState({ ...lab, parts: { istiod: { status: 'exited', error: 'ended with exit code 1' } } });
  expect(String(await watch.causeOf(new Error('fetch failed')))).toBe('LabError: istiod ended with exit code 1');
});
