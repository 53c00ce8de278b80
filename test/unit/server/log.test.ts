import { expect, it } from 'vitest';
import { serverLog } from '../../../src/server/log.ts';

it('writes one line per entry that steers no terminal', () => {
  const lines: string[] = [];
  const log = serverLog({}, { write: (line: string) => lines.push(line) });
  log.info({ path: '/a\n\u001b[2J\u009b2J\u202e\u2028' }, 'request');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[\x20-\x7e]*\n$/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    name: 'sluice-server',
    path: '/a\n\u001b[2J\u009b2J\u202e\u2028',
  });
});
