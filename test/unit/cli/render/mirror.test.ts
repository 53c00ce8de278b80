import { describe, expect, it } from 'vitest';
import { renderMirror, renderMirrors, sortMirrors } from '../../../../src/cli/render/mirror.ts';
import type { MirrorView } from '../../../../src/contract/mirror.ts';

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
