import { expect, test } from 'vitest';
import { formatFailpoint, parseFailpoint } from '../../../faults/tools/failpoint.ts';

test('a fail point is read as it is written, and a wrong one is shown a right one', () => {
  expect(formatFailpoint(parseFailpoint('route:after:2'))).toBe('route:after:2');
  for (const wrong of ['', 'route', 'route:during:1', 'route:after:0'])
    expect(() => parseFailpoint(wrong)).toThrow(/looks like route:after:2/);
});
