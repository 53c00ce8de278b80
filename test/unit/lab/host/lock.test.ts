import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeLock } from '../../../../lab/host/lock.ts';

const file = () => join(mkdtempSync(join(tmpdir(), 'lab-lock-')), 'lock');

it('holds and releases', async () => {
  const lock = file();
  const release = await takeLock(lock, () => undefined);
  expect(JSON.parse(readFileSync(lock, 'utf8')).pid).toBe(process.pid);
  release();
  expect(existsSync(lock)).toBe(false);
});

it('takes over from a holder that died, or whose id another process has now', async () => {
  for (const holder of [
    { pid: 4_194_303, startTime: '1' },
    { pid: process.pid, startTime: '1' },
  ]) {
    const lock = file();
    writeFileSync(lock, JSON.stringify(holder));
    const release = await takeLock(lock, () => undefined);
    expect(JSON.parse(readFileSync(lock, 'utf8')).startTime).not.toBe('1');
    release();
  }
});

it('waits for a living holder, says so once, and can be interrupted', async () => {
  const lock = file();
  const release = await takeLock(lock, () => undefined);
  const told: number[] = [];
  await expect(takeLock(lock, (pid) => told.push(pid), AbortSignal.timeout(700))).rejects.toThrow();
  expect(told).toEqual([process.pid]);
  const second = takeLock(lock, () => undefined);
  release();
  (await second)();
});
