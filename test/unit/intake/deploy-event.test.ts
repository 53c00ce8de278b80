import { describe, expect, it } from 'vitest';
import {
  checkDeployEvent,
  contentHash,
  matchPlans,
  newDelivery,
  readEvent,
  requestedImage,
} from '../../../src/intake/index.ts';
import { EXAMPLE, planOf } from '../../support/plan-text.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OTHER_DIGEST = `sha256:${'cd'.repeat(32)}`;

function read(body: unknown) {
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  return readEvent([{ event: '' }], {
    body: new TextEncoder().encode(bytes),
    header: () => undefined,
    headersProven: true,
  });
}

function requestOf(body: unknown) {
  const result = checkDeployEvent(typeof body === 'string' ? JSON.parse(body) : body);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.request;
}

describe('a deploy event', () => {
  it.each([
    [{ image: 'reviews:v3' }, 'reviews:v3'],
    [{ image: 'reviews:v3', digest: DIGEST }, `reviews:v3@${DIGEST}`],
    [{ image: 'reviews', digest: DIGEST }, `reviews@${DIGEST}`],
    [{ image: `reviews@${DIGEST}`, digest: DIGEST }, `reviews@${DIGEST}`],
    [{ plan: 'demo/reviews' }, undefined],
  ])('%j is for the image %s', (body, image) => expect(requestedImage(requestOf(body))).toBe(image));

  it('may say who and why', () => {
    expect(requestOf({ plan: 'reviews', by: ' mo ', reason: 'новое — 🎉' })).toMatchObject({
      by: 'mo',
      reason: 'новое — 🎉',
    });
  });

  it('may say when it was built and which version it is, and the offer carries both', () => {
    const build = { builtAt: '2026-11-21T12:00:00+02:00', version: '1.4.0-rc.1' };
    const request = requestOf({ image: 'reviews:v3', ...build });
    const { offer } = newDelivery({
      cluster: 'local',
      source: 'test',
      id: '1',
      request,
      plan: planOf(EXAMPLE),
      receivedAt: new Date(0),
    });
    expect(offer.event).toMatchObject(build);
    expect(contentHash(request)).not.toBe(contentHash({ ...request, version: '1.4.0' }));
  });

  it.each([
    ['a time without a zone', { image: 'a:v1', builtAt: '2026-11-21T12:00:00' }, 'builtAt', 'the value is not allowed'],
    ['a tag as version', { image: 'a:v1', version: 'latest' }, 'version', 'the value is not allowed'],
    ['no JSON', '{image:', '', 'the body is not JSON in UTF-8'],
    ['a byte order mark', '\uFEFF{}', '', 'the body is not JSON in UTF-8'],
    ['a list', [], '', 'the body is not a JSON object'],
    ['null', 'null', '', 'the body is not a JSON object'],
    ['100 000 levels', '['.repeat(100_000) + ']'.repeat(100_000), '', 'the body is not JSON in UTF-8'],
    ['nothing asked', {}, '', 'neither image nor plan'],
    ['an unknown field', { image: 'a:v1', imgae: 'b' }, 'imgae', 'unknown field'],
    ['a prototype', '{"image": "a:v1", "__proto__": {"plan": "b"}}', '__proto__', 'unknown field'],
    ['a number as image', { image: 3 }, 'image', 'the value is not allowed'],
    ['no image reference', { image: 'https://example.com/a' }, 'image', 'not an image reference'],
    ['neither tag nor digest', { image: 'reviews' }, 'image', 'neither tag nor digest'],
    ['a short digest', { image: 'a:v1', digest: 'sha256:ab' }, 'digest', 'the value is not allowed'],
    [
      'another digest',
      { image: `a@${DIGEST}`, digest: OTHER_DIGEST },
      'digest',
      'differs from the digest in the image',
    ],
    ['a digest alone', { plan: 'a', digest: DIGEST }, 'digest', 'a digest without an image'],
    ['a plan with a path', { plan: '../a' }, 'plan', 'the value is not allowed'],
    ['a line break', { plan: 'a', reason: 'x\nlevel=error' }, 'reason', 'the value is not allowed'],
    ['a long story', { plan: 'a', by: 'x'.repeat(201) }, 'by', 'the value is not allowed'],
  ])('with %s is refused', (_what, body, path, message) => {
    expect(read(body)).toMatchObject({ problems: [{ path, message, remedy: expect.stringMatching(/\w/) }] });
  });

  it('that is not UTF-8 is refused', () => {
    const bytes = Uint8Array.of(...new TextEncoder().encode('{"plan":"a","by":"'), 0xff, 0x22, 0x7d);
    expect(readEvent([{ event: '' }], { body: bytes, header: () => undefined, headersProven: true })).toMatchObject({
      problems: [{ message: 'the body is not JSON in UTF-8' }],
    });
  });

  it('tells every wrong field', () => {
    expect(read({ image: 1, digest: 2, plan: 3, extra: 4 })).toMatchObject({
      problems: [{ path: 'image' }, { path: 'digest' }, { path: 'plan' }, { path: 'extra' }],
    });
  });
});

describe('plans of an event', () => {
  const known = [
    { name: 'reviews', namespace: 'demo', images: ['registry.example.com/bookinfo/reviews'] },
    { name: 'reviews', namespace: 'staging', images: ['reviews'] },
    { name: 'ratings', namespace: 'demo', images: ['docker.io/library/reviews', 'ratings'] },
    { name: 'manual', namespace: 'demo', images: [] },
  ];
  const match = (body: unknown) => {
    const found = matchPlans(requestOf(body), known);
    return found.kind === 'none' ? 'none' : `${found.kind} ${found.plans.map((p) => `${p.namespace}/${p.name}`)}`;
  };

  it.each([
    [{ image: 'registry.example.com/bookinfo/reviews:v3' }, 'matched demo/reviews'],
    [{ image: `registry.example.com/bookinfo/reviews@${DIGEST}` }, 'matched demo/reviews'],
    [{ image: 'index.docker.io/reviews:v3' }, 'matched staging/reviews,demo/ratings'],
    [{ image: 'registry.example.com/bookinfo/reviews-extra:v3' }, 'none'],
    [{ image: 'registry.example.com:443/bookinfo/reviews:v3' }, 'none'],
    [{ plan: 'ratings' }, 'matched demo/ratings'],
    [{ plan: 'staging/reviews' }, 'matched staging/reviews'],
    [{ plan: 'reviews' }, 'ambiguous demo/reviews,staging/reviews'],
    [{ plan: 'demo/nothing' }, 'none'],
    [{ plan: 'manual', image: 'anything:v1' }, 'matched demo/manual'],
  ])('%j: %s', (body, expected) => expect(match(body)).toBe(expected));
});

describe('a delivery', () => {
  const plan = planOf(EXAMPLE);
  const make = (body: unknown) =>
    newDelivery({
      cluster: 'local',
      source: 'webhook',
      id: 'm1',
      request: requestOf(body),
      plan,
      receivedAt: new Date(0),
    });

  it('offers the event to its plan', () => {
    expect(make({ image: 'reviews:v3', by: 'ci' }).offer).toEqual({
      id: 'webhook/m1',
      event: {
        source: 'webhook',
        deliveryId: 'm1',
        receivedAt: '1970-01-01T00:00:00.000Z',
        image: 'reviews:v3',
        by: 'ci',
      },
      plan,
    });
  });

  it('is the same delivery however its body is spelled, and another one when it asks for something else', () => {
    const hash = contentHash(requestOf({ image: 'reviews:v3', by: 'ci' }));
    expect(contentHash(requestOf('{ "by": "ci",  "image": "reviews:v3" }'))).toBe(hash);
    const others = [{ image: 'reviews:v4', by: 'ci' }, { image: 'reviews:v3' }, { image: 'reviews:v3', reason: 'ci' }];
    for (const other of others) expect(contentHash(requestOf(other))).not.toBe(hash);
  });
});
