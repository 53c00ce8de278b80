import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { processError, reasonIn } from '../../../../lab/host/log-end.ts';

it.each([
  ['an error before a summary', ['starting', "error: cannot create '/root/.cache': EACCES", 'bye'], /EACCES/],
  [
    'the error above a stack',
    ['x', 'Error: no plan', '    at main (a.ts:1:2)', '', 'Node.js v24.21.0'],
    /^Error: no plan$/,
  ],
  ['a panic above its goroutines', ['panic: boom', '', 'goroutine 1 [running]:', 'exit status 2'], /^panic: boom$/],
])('takes %s', (_what, lines, reason) => {
  expect(reasonIn(lines)).toMatch(reason);
});

it('takes nothing where nothing speaks of trouble', () => {
  expect(reasonIn(['ready', 'controllers stopped'])).toBeUndefined();
});

it('names the process, the reason, the end of the log and its path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-log-end-'));
  const log = join(folder, 'sluice-worker.log');
  writeFileSync(log, 'looking\nerror: EACCES: permission denied, mkdir\n');
  const error = processError('sluice worker ended with exit code 1', log);
  expect(error.message).toBe('sluice worker ended with exit code 1: error: EACCES: permission denied, mkdir');
  expect(error.details).toEqual(['looking', 'error: EACCES: permission denied, mkdir', `full log: ${log}`]);
  rmSync(folder, { recursive: true });
  expect(processError('it ended', log)).toMatchObject({ message: 'it ended', details: [] });
});
