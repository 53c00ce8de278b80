import { beforeEach, describe, expect, it } from 'vitest';
import { fencedPatch } from '../../../src/kubernetes/writes/fenced-patch.ts';
import { mirrorChanged, writeMirror } from '../../../src/routers/mirror/index.ts';
import { routeRef } from '../../../src/routers/resolve.ts';
import { CLAIM, ON_V2, ROUTE, specFor, to, Weather } from './mirror/weather.ts';

const REF = routeRef('networking.istio.io/v1', ROUTE);

let weather: Weather;

beforeEach(() => {
  weather = new Weather();
});

describe('a write', () => {
  it('puts a rule with the conditions before the rule, claims the route, and leaves nothing behind', async () => {
    const spec = specFor({ match: { pathPrefix: '/weather' } });
    const before = structuredClone(weather.stored().spec);
    const target = { clusterUid: 'uid', spec, placement: await weather.placed(spec) };
    expect(await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 1 }, on: true })).toMatchObject({
      kind: 'written',
    });
    expect(weather.rules()).toEqual([
      {
        ...ON_V2,
        name: 'sluice-mirror-watch',
        match: [{ method: { regex: 'GET|HEAD|OPTIONS' }, uri: { prefix: '/weather' } }],
        mirror: { host: 'forecast', subset: 'v1' },
        mirrorPercentage: { value: 100 },
      },
      ON_V2,
    ]);
    expect(weather.stored().metadata.annotations).toEqual({
      [CLAIM]: 'weather/watch',
      'fence.sluice.dev/mirror.watch': '1.1',
    });
    expect(mirrorChanged(weather.stored(), REF, target, { epoch: 1, seq: 1 })).toBeUndefined();
    expect(await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 2 }, on: false })).toMatchObject({
      kind: 'written',
    });
    expect(weather.stored().spec).toEqual(before);
    expect(weather.stored().metadata.annotations).toEqual({ 'fence.sluice.dev/mirror.watch': '1.2' });
    // a frozen worker's write that comes late
    await expect(writeMirror(weather, { ...target, fence: { epoch: 1, seq: 1 }, on: true })).rejects.toThrow(
      'carries a newer write',
    );
  });

  it('uses the fields of the rule itself for a plain mirror, and minimal operations', async () => {
    const spec = specFor({ unsafeMethods: true, percent: 25 });
    const target = { clusterUid: 'uid', spec, placement: await weather.placed(spec) };
    await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 1 }, on: true });
    expect(weather.rules()).toEqual([
      { ...ON_V2, mirror: { host: 'forecast', subset: 'v1' }, mirrorPercentage: { value: 25 } },
    ]);
    const paths = weather.patches.at(-1)?.operations.map(({ op, path }) => `${op} ${path}`);
    expect(paths?.filter((path) => path.includes('/spec/'))).toEqual([
      'add /spec/http/0/mirror',
      'add /spec/http/0/mirrorPercentage',
    ]);
    await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 2 }, on: false });
    expect(weather.rules()).toEqual([ON_V2]);
  });

  it('does not take another hand at the same wheel: a claim or a rollout that came between', async () => {
    const spec = specFor();
    const target = {
      clusterUid: 'uid',
      spec,
      placement: await weather.placed(spec),
      fence: { epoch: 1, seq: 1 },
      on: true,
    };
    weather.route([ON_V2], { [CLAIM]: 'demo/other' });
    expect(await writeMirror(weather, target)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('is mirrored by demo/other'),
    });
    weather.route([{ route: [to('v1', 50), to('v2', 50)] }], { 'sluice.dev/owner': 'weather/forecast' });
    expect(await writeMirror(weather, target)).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('not at rest'),
    });
    expect(weather.patches).toEqual([]);
  });

  it('takes over what an earlier run of the same name left, and only that', async () => {
    const spec = specFor({ unsafeMethods: true });
    await writeMirror(weather, {
      clusterUid: 'uid',
      spec,
      placement: await weather.placed(spec),
      fence: { epoch: 1, seq: 1 },
      on: true,
    });
    const again = await weather.placed(spec);
    expect(again).toMatchObject({ epoch: 2, shape: 'fields' });
    await writeMirror(weather, { clusterUid: 'uid', spec, placement: again, fence: { epoch: 2, seq: 1 }, on: true });
    await writeMirror(weather, { clusterUid: 'uid', spec, placement: again, fence: { epoch: 2, seq: 2 }, on: false });
    expect(weather.rules()).toEqual([ON_V2]);
    // the very same fields without our claim are somebody else's
    weather.route([{ ...ON_V2, mirror: { host: 'forecast', subset: 'v1' }, mirrorPercentage: { value: 100 } }]);
    expect(await weather.refusedBecause({ unsafeMethods: true })).toContain('already mirrors to forecast, subset v1');
  });

  it('says that the route is gone', async () => {
    const spec = specFor();
    const target = { clusterUid: 'uid', spec, placement: await weather.placed(spec) };
    weather.objects.delete('virtualservices/weather/forecast-route');
    expect(await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 2 }, on: false })).toMatchObject({
      kind: 'missing',
    });
  });

  it('sees that somebody else changed what the mirror is a copy of, and believes a newer write of its own', async () => {
    const spec = specFor();
    const target = { clusterUid: 'uid', spec, placement: await weather.placed(spec) };
    await writeMirror(weather, { ...target, fence: { epoch: 1, seq: 1 }, on: true });
    const [own, original] = weather.rules();
    const { annotations } = weather.stored().metadata;
    weather.route([own as object, { ...original, timeout: '9s' }], annotations);
    expect(mirrorChanged(weather.stored(), REF, target, { epoch: 1, seq: 1 })).toContain(
      'somebody else changed the mirrored rules',
    );
    weather.route([ON_V2], annotations);
    expect(mirrorChanged(weather.stored(), REF, target, { epoch: 1, seq: 1 })).toContain(
      'where Sluice expects the mirror to forecast, subset v1',
    );
    weather.route([ON_V2], { ...annotations, 'fence.sluice.dev/mirror.watch': '1.2' });
    expect(mirrorChanged(weather.stored(), REF, target, { epoch: 1, seq: 1 })).toBeUndefined();
  });
});

describe('a rollout beside a mirror', () => {
  const write = (refuseMirrors: boolean) =>
    fencedPatch(
      weather,
      REF,
      { owner: 'forecast', namespace: 'weather', fence: { epoch: 1, seq: 1 }, refuseMirrors },
      { change: () => [], isDone: () => true },
    );

  it('may go back, and may not move users', async () => {
    weather.route([ON_V2], { [CLAIM]: 'weather/watch' });
    await expect(write(true)).rejects.toThrow(
      'is mirrored by weather/watch; stop that mirror first: sluice mirror stop watch -n weather',
    );
    expect(await write(false)).toMatchObject({ kind: 'written' });
    expect(weather.stored().metadata.annotations).toMatchObject({
      [CLAIM]: 'weather/watch',
      'sluice.dev/owner': 'weather/forecast',
    });
  });
});
