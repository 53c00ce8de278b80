import { beforeEach, describe, expect, it } from 'vitest';
import type { MirrorSpec } from '../../../src/contract/mirror.ts';
import { inspectMirror } from '../../../src/routers/mirror/index.ts';
import { CLAIM, ON_V2, ROUTE, specFor, to, Weather } from './mirror/weather.ts';

let weather: Weather;

beforeEach(() => {
  weather = new Weather();
});

describe('an inspection', () => {
  it('finds pods, workloads and the next epoch', async () => {
    weather.route([ON_V2], { 'fence.sluice.dev/mirror.watch': '4.2' });
    expect(await inspectMirror(weather, specFor(), 'uid')).toEqual({
      kind: 'ready',
      warnings: [],
      placement: {
        clusterUid: 'uid',
        epoch: 5,
        to: { host: 'forecast', subset: 'v1' },
        shape: 'rules',
        external: false,
        pods: { namespace: 'weather', labels: { app: 'forecast', version: 'v1' } },
        live: { namespace: 'weather', names: ['forecast-v2'] },
        copies: { namespace: 'weather', names: ['forecast-v1'] },
      },
    });
  });

  it('spells a Service of another namespace out', async () => {
    const audit = { selector: { app: 'audit' }, ports: [{ port: 80 }] };
    weather.add('services', 'audit', audit, {}, 'security');
    expect(await weather.refusedBecause({ to: { host: 'audit.security' } })).toContain('does not allow its use');
    weather.add('services', 'audit', audit, { annotations: { 'sluice.dev/grant': 'weather/watch' } }, 'security');
    weather.pod('audit-5d4f-abcde', { app: 'audit' }, 'True', 'security');
    const { to: target, copies } = await weather.placed(specFor({ to: { host: 'audit.security' } }));
    expect(target).toEqual({ host: 'audit.security.svc.cluster.local' });
    expect(copies).toEqual({ namespace: 'security', names: ['audit'] });
  });

  it('takes a host outside by its ServiceEntry alone, and says what it cannot know', async () => {
    const outside = { to: { host: 'collector.example.org' } };
    expect(await weather.refusedBecause(outside)).toContain('neither a Service nor the host of a ServiceEntry');
    weather.add('serviceentries', 'collector', { hosts: ['collector.example.org'], ports: [{ number: 80 }] });
    const seen = await inspectMirror(weather, specFor(outside), 'uid');
    expect(seen).toMatchObject({
      kind: 'ready',
      placement: { external: true },
      warnings: [expect.stringContaining('outside the mesh')],
    });
    weather.add('serviceentries', 'collector', { hosts: ['*.example.org'], ports: [{ number: 80 }, { number: 443 }] });
    expect(await weather.refusedBecause(outside)).toContain('has several ports: 80, 443');
  });

  it.each<[string, Partial<MirrorSpec>, () => void]>([
    ['VirtualService weather/nothing does not exist', { route: { ...ROUTE, name: 'nothing' } }, () => {}],
    ['no http rule is named "main"; none has a name', { route: { ...ROUTE, rules: ['main'] } }, () => {}],
    [
      'no http rule that is meant routes users to forecast, subset v1',
      { from: { host: 'forecast', subset: 'v1' }, to: { host: 'forecast', subset: 'v2' } },
      () => {},
    ],
    ['no DestinationRule defines the subset "v3"', { to: { host: 'forecast', subset: 'v3' } }, () => {}],
    ['Service weather/nobody does not exist', { to: { host: 'nobody' } }, () => {}],
    [
      'no ready pod is behind forecast, subset v1',
      {},
      () => weather.pod('forecast-v1-5d4f-abcde', { app: 'forecast', version: 'v1' }, 'False'),
    ],
    ['is mirrored by demo/other at the moment', {}, () => weather.route([ON_V2], { [CLAIM]: 'demo/other' })],
    [
      'is used by the rollout forecast-7',
      {},
      () => weather.route([ON_V2], { 'sluice.dev/owner': 'weather/forecast', 'sluice.dev/rollout': 'forecast-7' }),
    ],
    [
      'already mirrors to forecast, subset v1',
      {},
      () => weather.route([{ ...ON_V2, mirror: { host: 'forecast', subset: 'v1' } }]),
    ],
    [
      'plan weather/forecast is not at rest: it splits users',
      {},
      () => weather.route([{ route: [to('v1', 50), to('v2', 50)] }], { 'sluice.dev/owner': 'weather/forecast' }),
    ],
    [
      'its rule sluice-affinity-forecast is there',
      {},
      () =>
        weather.route([{ name: 'sluice-affinity-forecast', route: [to('v1', 100)] }, ON_V2], {
          'sluice.dev/owner': 'weather/forecast',
        }),
    ],
    [
      'it matches methods by a prefix or a pattern',
      {},
      () => weather.route([{ ...ON_V2, match: [{ method: { regex: 'G.*' } }] }]),
    ],
    [
      'can meet the conditions: its rules match other methods',
      {},
      () => weather.route([{ ...ON_V2, match: [{ method: { exact: 'POST' } }] }]),
    ],
    [
      'it matches paths by a pattern',
      { match: { pathPrefix: '/api' } },
      () => weather.route([{ ...ON_V2, match: [{ uri: { regex: '/a.*' } }] }]),
    ],
    [
      'it rewrites the matched part of the path',
      { match: { pathPrefix: '/api' } },
      () => weather.route([{ ...ON_V2, rewrite: { uri: '/v2' } }]),
    ],
    [
      'it matches the header x-group by a prefix or a pattern',
      { match: { headers: { 'x-group': 'beta' } } },
      () => weather.route([{ ...ON_V2, match: [{ headers: { 'x-group': { regex: 'b.*' } } }] }]),
    ],
    [
      'it matches requests without the header x-group',
      { match: { headers: { 'x-group': 'beta' } } },
      () => weather.route([{ ...ON_V2, match: [{ withoutHeaders: { 'x-group': {} } }] }]),
    ],
  ])('refuses: %s', async (words, changes, arrange) => {
    arrange();
    expect(await weather.refusedBecause(changes)).toContain(words);
  });
});
