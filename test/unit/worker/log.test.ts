import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { workerLog } from '../../../src/worker/log.ts';

it('writes what an activity failed with in one line that steers no terminal', () => {
  const lines: string[] = [];
  const log = workerLog({ write: (line: string) => lines.push(line) });
  const said = 'refused\n\u001b[2J\u009b2J\u202e';
  log.warn('Activity failed', { attempt: 2, error: ApplicationFailure.nonRetryable(said) });
  log.info('Worker state changed');
  log.debug('not told');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*\n$/);
  const told = { name: 'sluice-worker', level: 40, attempt: 2, err: { message: said }, msg: 'Activity failed' };
  expect(JSON.parse(lines[0] ?? '')).toMatchObject(told);
});
