import { describe, expect, it } from 'vitest';
import { destinationValue, headerValue, mirrorOf, routeValue } from '../../../../../src/cli/commands/mirror/options.ts';
import { mirrorName } from '../../../../../src/cli/commands/mirror/snapshot.ts';
import { CliError } from '../../../../../src/cli/errors.ts';
import { MIRROR_KINDS } from '../../../../../src/routers/registry.ts';

describe('options', () => {
  it.each([
    ['forecast', { host: 'forecast' }],
    ['forecast:v1', { host: 'forecast', subset: 'v1' }],
    ['forecast:3002', { host: 'forecast', port: 3002 }],
    ['forecast.weather:v1:3002', { host: 'forecast.weather', subset: 'v1', port: 3002 }],
  ])('destination %s', (text, expected) => {
    expect(destinationValue(text)).toEqual(expected);
  });

  it.each(['', ':v1', 'a:v1:v2', 'a:1:2', 'a:'])('no destination: "%s"', (text) => {
    expect(() => destinationValue(text)).toThrow('HOST:SUBSET');
  });

  it('routes, headers and names', () => {
    expect(routeValue('httproute/shop', MIRROR_KINDS)).toEqual({ kind: 'HTTPRoute', name: 'shop' });
    expect(routeValue('VirtualService/demo/shop', MIRROR_KINDS)).toEqual({
      kind: 'VirtualService',
      namespace: 'demo',
      name: 'shop',
    });
    expect(() => routeValue('Service/shop', MIRROR_KINDS)).toThrow('KIND/NAME');
    expect(() => routeValue('Ingress/shop', MIRROR_KINDS)).toThrow('KIND/NAME');
    expect(headerValue('x-group=a=b', { a: '1' })).toEqual({ a: '1', 'x-group': 'a=b' });
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
      route: 'VirtualService/r',
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
