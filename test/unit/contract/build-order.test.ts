import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, olderThan } from '../../../src/contract/build-order.ts';
import type { DeployEvent } from '../../../src/contract/offer.ts';

function event(build: Pick<DeployEvent, 'builtAt' | 'version'>): DeployEvent {
  return { source: 'test', deliveryId: '1', receivedAt: '2026-11-21T12:00:00Z', ...build };
}

/** In ascending order, from section 11 of Semantic Versioning 2.0.0, and a few more. */
const ASCENDING = [
  '0.9.9',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  'v1.2.10',
  '1.10.0',
  '2.0.0',
];

describe('semantic versions', () => {
  test('have the order of the specification', () => {
    for (const [left, a] of ASCENDING.entries()) {
      for (const [right, b] of ASCENDING.entries()) {
        expect(Math.sign(compareVersions(a, b) ?? Number.NaN), `${a} ${b}`).toBe(Math.sign(left - right));
      }
    }
  });

  test.each(['1.0', '01.0.0', '1.0.0-', 'latest', ''])('%j is none', (text) => {
    expect(compareVersions(text, '1.0.0')).toBeUndefined();
  });

  test('build metadata does not count', () => expect(compareVersions('1.0.0+5', '1.0.0+7')).toBe(0));

  test('of any two at most one is older', () => {
    const version = fc.constantFrom(...ASCENDING, undefined);
    const builtAt = fc.constantFrom('2026-11-21T12:00:00Z', '2026-11-21T13:00:00+02:00', undefined);
    fc.assert(
      fc.property(version, version, builtAt, builtAt, (a, b, at, bt) => {
        const [left, right] = [event({ version: a, builtAt: at }), event({ version: b, builtAt: bt })];
        expect(olderThan(left, right) && olderThan(right, left)).toBeUndefined();
      }),
    );
  });
});

describe('an older build', () => {
  const early = '2026-11-21T13:00:00+02:00';
  const late = '2026-11-21T12:00:00Z';

  test.each([
    ['a lower version', { version: '1.4.0' }, { version: '1.5.0' }, 'version 1.4.0 is older than 1.5.0'],
    ['an earlier time, whatever the zone', { builtAt: early }, { builtAt: late }, `built at ${early}, before ${late}`],
    [
      'the same version built earlier',
      { version: '1.4.0', builtAt: early },
      { version: '1.4.0', builtAt: late },
      `built at ${early}, before ${late}`,
    ],
    [
      'a higher version built earlier',
      { version: '1.5.0', builtAt: early },
      { version: '1.4.0', builtAt: late },
      undefined,
    ],
    ['nothing said', {}, { version: '1.4.0', builtAt: late }, undefined],
    ['the same time', { builtAt: late }, { builtAt: late }, undefined],
  ])('%s', (_what, one, other, why) => expect(olderThan(event(one), event(other))).toBe(why));
});
