import { describe, expect, it } from 'vitest';
import {
  destinationOption,
  headerOption,
  mirrorOf,
  routeOption,
} from '../../../../../src/cli/commands/mirror/options.ts';
import { mirrorName } from '../../../../../src/cli/commands/mirror/snapshot.ts';
import { CliError } from '../../../../../src/cli/errors.ts';
import { renderMirror, renderMirrors, sortMirrors } from '../../../../../src/cli/render/mirror.ts';
import { evidence, type MirrorView } from '../../../../../src/contract/mirror.ts';

const LOOK = { width: 90, color: false, unicode: true };
const NOW = new Date('2026-11-21T12:00:40.000Z');

const VIEW: MirrorView = {
  spec: {
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
  },
  state: 'running',
  sentence: 'Copying.',
  startedAt: '2026-11-21T12:00:00.000Z',
  startedBy: 'mo · cli (unverified)',
  since: '2026-11-21T12:00:00.000Z',
  until: '2026-11-21T12:01:00.000Z',
  numbers: {
    from: '2026-11-21T12:00:00.000Z',
    to: '2026-11-21T12:00:40.000Z',
    live: { requests: 1200, answers: { '2xx': 1200 }, p50Ms: 0.4, p99Ms: 12.3 },
    copies: { requests: 300, answers: { '2xx': 290, '5xx': 10 } },
    evidence: '300 copies arrived.',
  },
  warnings: ['careful\u001b[2J'],
  problems: [],
};

describe('options', () => {
  it.each([
    ['forecast', { host: 'forecast' }],
    ['forecast:v1', { host: 'forecast', subset: 'v1' }],
    ['forecast:3002', { host: 'forecast', port: 3002 }],
    ['forecast.weather:v1:3002', { host: 'forecast.weather', subset: 'v1', port: 3002 }],
  ])('destination %s', (text, expected) => {
    expect(destinationOption(text)).toEqual(expected);
  });

  it.each(['', ':v1', 'a:v1:v2', 'a:1:2', 'a:'])('no destination: "%s"', (text) => {
    expect(() => destinationOption(text)).toThrow('HOST:SUBSET');
  });

  it('routes, headers and names', () => {
    expect(routeOption('httproute/shop')).toEqual({ kind: 'HTTPRoute', name: 'shop' });
    expect(routeOption('VirtualService/demo/shop')).toEqual({
      kind: 'VirtualService',
      namespace: 'demo',
      name: 'shop',
    });
    expect(() => routeOption('Ingress/shop')).toThrow('KIND/NAME');
    expect(headerOption('x-group=a=b', { a: '1' })).toEqual({ a: '1', 'x-group': 'a=b' });
    expect(mirrorName('weather/watch')).toEqual({ namespace: 'weather', name: 'watch' });
    expect(() => mirrorName('weather/watch', 'demo')).toThrow(CliError);
    expect(() => mirrorName('a/b/c')).toThrow('names no mirror');
  });

  it('say every problem by its flag', async () => {
    const flags = { to: { host: 'forecast' }, percent: 200, method: ['post'] };
    await expect(mirrorOf('watch', flags, 'local')).rejects.toMatchObject({
      code: 2,
      message: expect.stringMatching(
        /--route: is missing(.|\n)*--from: is missing(.|\n)*--percent: 200 is not allowed/,
      ),
    });
    const whole = {
      route: { kind: 'VirtualService', name: 'r' },
      from: { host: 'a' },
      to: { host: 'b' },
      prometheus: 'http://p:9090',
    };
    await expect(mirrorOf('watch', { ...whole, method: ['post'] }, 'local')).rejects.toThrow(
      '--method: POST may change something',
    );
    expect(await mirrorOf('watch', { ...whole, namespace: 'demo', for: '60s' }, 'east')).toMatchObject({
      namespace: 'demo',
      cluster: 'east',
      durationMs: 60_000,
      percent: 100,
    });
  });

  it('a file stands alone', async () => {
    await expect(mirrorOf('watch', { file: 'mirror.yaml' }, 'local')).rejects.toThrow('watch cannot be given as well');
    await expect(mirrorOf(undefined, { file: '/nowhere.yaml' }, 'local')).rejects.toMatchObject({ code: 5 });
  });
});

describe('pictures', () => {
  it('a running mirror shows both sides, its end and its warnings', () => {
    expect(renderMirror(VIEW, undefined, LOOK, NOW)).toEqual([
      '▶ RUNNING  weather/watch  40s',
      'Copying.',
      'on VirtualService weather/forecast-route',
      'started 12:00:00Z by mo · cli (unverified), ends 12:01:00Z (in 20s)',
      '',
      '        REQUESTS  2XX   5XX  P50     P99',
      'live    1200      1200  0    0.4 ms  12 ms',
      'copies  300       290   10   -       -',
      '300 copies arrived.',
      '⚠ careful [2J',
    ]);
  });

  it('what the watch says is newer than the view', () => {
    const numbers = { from: '', to: '', evidence: '301 copies arrived.' };
    const lines = renderMirror(VIEW, { sentence: 'The target has 1 ready pod', numbers }, LOOK, NOW);
    expect(lines).toContain('Copying. The target has 1 ready pod.');
    expect(lines).toContain('301 copies arrived.');
    expect(lines.join()).toContain('no data');
  });

  it('an ended one says how, and a refused one every problem', () => {
    const ended: MirrorView = {
      ...VIEW,
      state: 'ended',
      sentence: 'It is refused.',
      outcome: { kind: 'refused', reason: 'It is refused.' },
      problems: [{ where: 'to', problem: 'no ready pod is behind forecast', remedy: 'start one' }],
    };
    const lines = renderMirror(ended, undefined, LOOK, NOW);
    expect(lines[0]).toMatch(/^✖ REFUSED/);
    expect(lines).toContain('✖ to no ready pod is behind forecast; start one.');
  });

  it('a list has those that run first', () => {
    const entry = { cluster: 'local', namespace: 'weather', what: 'all', startedAt: VIEW.startedAt };
    const entries = sortMirrors([
      { ...entry, name: 'over', state: 'target-lost', endedAt: '2026-11-21T12:00:30.000Z' },
      { ...entry, name: 'on', state: 'running' },
    ]);
    expect(renderMirrors(entries, LOOK, NOW)).toEqual([
      'STATE          MIRROR        SINCE  COPIES',
      '▶ running      weather/on    40s    all',
      '✖ target-lost  weather/over  10s    all',
    ]);
  });
});

it('the evidence never claims what nobody saw', () => {
  const { spec, numbers } = VIEW;
  expect(evidence(spec, numbers ?? {}, false)).toBe(
    '300 copies arrived at forecast, subset v1 for about 1,200 live requests to forecast, subset v2 (counters of the destinations).',
  );
  expect(evidence(spec, {}, true)).toContain('look at its own access log');
  expect(evidence(spec, numbers ?? {}, false, 'Prometheus cannot be reached')).toBe(
    'Whether copies arrive is not known: Prometheus cannot be reached.',
  );
  expect(evidence(spec, { live: numbers?.live }, false)).toContain('not known: no pod of it was found');
});
