import { expect, it } from 'vitest';
import { evidence, type MirrorNumbers, type MirrorSpec } from '../../../src/contract/mirror.ts';

const SPEC: MirrorSpec = {
  name: 'watch',
  namespace: 'weather',
  cluster: 'local',
  route: { kind: 'VirtualService', name: 'forecast-route', namespace: 'weather' },
  from: { host: 'forecast', subset: 'v2' },
  to: { host: 'forecast', subset: 'v1' },
  percent: 25,
  durationMs: 60_000,
  unsafeMethods: false,
  prometheus: 'http://127.0.0.1:9090',
};

const NUMBERS = {
  live: { requests: 1200, answers: { '2xx': 1200 } },
  copies: { requests: 300, answers: { '2xx': 290, '5xx': 10 } },
} satisfies Pick<MirrorNumbers, 'live' | 'copies'>;

it('the evidence never claims what nobody saw', () => {
  expect(evidence(SPEC, NUMBERS, false)).toBe(
    '300 copies arrived at forecast, subset v1 for about 1,200 live requests to forecast, subset v2 (counters of the destinations).',
  );
  expect(evidence(SPEC, {}, true)).toContain('look at its own access log');
  expect(evidence(SPEC, NUMBERS, false, 'Prometheus cannot be reached')).toBe(
    'Whether copies arrive is not known: Prometheus cannot be reached.',
  );
  expect(evidence(SPEC, { live: NUMBERS.live }, false)).toContain('not known: no pod of it was found');
});
