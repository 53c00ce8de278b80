import { describe, expect, it } from 'vitest';
import { ImageError, KNOWN_BEHAVIOURS, NO_BEHAVIOURS, parseImage } from '../../../../lab/programs/index.ts';

describe('image names', () => {
  it.each([
    ['reviews:v1', 'reviews', 'v1', 'v1'],
    ['registry.example.com/bookinfo/reviews:v2', 'reviews', 'v2', 'v2'],
    ['localhost:5000/web:1.4.2', 'web', '1.4.2', '1.4.2'],
    ['reviews:v2-err30', 'reviews', 'v2-err30', 'v2'],
  ])('%s', (image, name, tag, version) => {
    expect(parseImage(image)).toMatchObject({ kind: 'http', name, tag, version });
  });

  it('takes the digest of the reference as the image id, or makes a stable one', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(parseImage(`r.example.com/reviews:v1@${digest}`).imageId).toBe(`r.example.com/reviews@${digest}`);
    expect(parseImage('reviews:v1').imageId).toBe(parseImage('reviews:v1').imageId);
    expect(parseImage('reviews:v1').imageId).not.toBe(parseImage('reviews:v2').imageId);
  });

  it.each([
    ['v1', {}],
    ['v2-err5', { errorPercent: 5 }],
    ['v2-err100', { errorPercent: 100 }],
    ['v2-slow400ms', { slowMs: 400 }],
    ['v2-slow2s', { slowMs: 2000 }],
    ['v2-crash', { crashAfterMs: 1000 }],
    ['v2-crash-after-10s', { crashAfterMs: 10_000 }],
    ['v2-done-after-500ms', { doneAfterMs: 500 }],
    ['v2-never-ready', { readyAfterMs: null }],
    ['v2-ready-after-20s', { readyAfterMs: 20_000 }],
    ['v2-flap', { flapMs: 3000 }],
    ['v2-flap5s', { flapMs: 5000 }],
    ['v2-fail-health', { failHealth: true }],
    ['v2-abrupt', { abrupt: true }],
    ['v2-err30-slow400ms-crash-after-10s', { errorPercent: 30, slowMs: 400, crashAfterMs: 10_000 }],
  ])('tag %s', (tag, changed) => {
    expect(parseImage(`reviews:${tag}`).behaviours).toEqual({ ...NO_BEHAVIOURS, ...changed });
  });

  it('cannot pull an image that is told not to be there', () => {
    expect(() => parseImage('reviews:v2-pull-error')).toThrow(ImageError);
    expect(() => parseImage('reviews:v2-err5-pull-error')).toThrow('not found');
  });

  it.each(['v2-bogus', 'v2-err', 'v2-err101', 'v2-slow400', 'v2-crashes', 'v2-err30x'])(
    'refuses the unknown behaviour in %s and names the known ones',
    (tag) => {
      expect(() => parseImage(`reviews:${tag}`)).toThrow(/unknown behaviour .*known are -err30/);
    },
  );

  it('reads every suffix it names', () => {
    for (const suffix of KNOWN_BEHAVIOURS.filter((known) => known !== '-pull-error')) {
      expect(parseImage(`reviews:v1${suffix}`).behaviours, suffix).not.toEqual(NO_BEHAVIOURS);
    }
  });

  it('gives the Envoy of a bootstrap its name', () => {
    expect(parseImage('envoy:mesh-client')).toMatchObject({ kind: 'envoy', tag: 'mesh-client' });
  });

  it.each(['', 'Reviews:v1', 'reviews:', 'reviews:v1@sha256:12', 'a b'])('refuses "%s"', (image) => {
    expect(() => parseImage(image)).toThrow(/invalid reference format/);
  });
});
