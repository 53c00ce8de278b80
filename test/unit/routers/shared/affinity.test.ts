import { describe, expect, test } from 'vitest';
import type { AffinityPlan } from '../../../../src/contract/plan.ts';
import { cookiePattern, isSetCookieOf, setCookie, valueOfPattern } from '../../../../src/routers/shared/affinity.ts';

const PLAN: AffinityPlan = {
  cookie: 'reviews-cookie',
  maxAgeS: 21_600,
  cleanupAfterMs: 600_000,
  path: '/',
  secure: false,
  httpOnly: false,
};

/** RE2 matches the whole header here, as Envoy does. */
function matches(cookie: string, value: string, header: string): boolean {
  return new RegExp(`^(?:${cookiePattern(cookie, value)})$`).test(header);
}

describe('the pattern', () => {
  test.each([
    ['alone', 'reviews-cookie=reviews-3'],
    ['first', 'reviews-cookie=reviews-3; theme=dark'],
    ['last', 'theme=dark; reviews-cookie=reviews-3'],
    ['in the middle', 'a=b=c; reviews-cookie=reviews-3; theme="x y"'],
    ['without spaces', 'a=b;reviews-cookie=reviews-3;c=d'],
  ])('finds our cookie %s', (_where, header) => {
    expect(matches('reviews-cookie', 'reviews-3', header)).toBe(true);
  });

  test.each([
    ['of another rollout', 'reviews-cookie=reviews-2'],
    ['of a longer number', 'reviews-cookie=reviews-31'],
    ['with a longer name', 'my-reviews-cookie=reviews-3'],
    ['inside another value', 'note=reviews-cookie=reviews-3'],
    ['with other characters for its dots', 'theme=dark'],
  ])('leaves alone one %s', (_what, header) => {
    expect(matches('reviews-cookie', 'reviews-3', header)).toBe(false);
  });

  test('takes every name literally', () => {
    expect(matches('a.b*c', 'v', 'axbbc=v')).toBe(false);
    expect(matches('a.b*c', 'v', 'a.b*c=v')).toBe(true);
  });

  test('gives its value back, and no other text does', () => {
    expect(valueOfPattern('a.b', cookiePattern('a.b', 'reviews-12'))).toBe('reviews-12');
    expect(valueOfPattern('a.b', '.*a.b=reviews-12.*')).toBeUndefined();
  });
});

describe('the answer', () => {
  test('sets the cookie, and takes it away with the same attributes', () => {
    expect(setCookie(PLAN, { phase: 'keep', value: 'reviews-3' })).toBe(
      'reviews-cookie=reviews-3; Max-Age=21600; Path=/',
    );
    const full: AffinityPlan = { ...PLAN, domain: 'shop.example', sameSite: 'None', secure: true, httpOnly: true };
    expect(setCookie(full, { phase: 'expire', value: 'reviews-3' })).toBe(
      'reviews-cookie=reviews-3; Max-Age=-1; Path=/; Domain=shop.example; SameSite=None; Secure; HttpOnly',
    );
  });

  test('is known as ours, whichever rollout gave it', () => {
    expect(isSetCookieOf('reviews', setCookie(PLAN, { phase: 'keep', value: 'reviews-12' }))).toBe(true);
    expect(isSetCookieOf('reviews', 'session=abc; Max-Age=60; Path=/')).toBe(false);
    expect(isSetCookieOf('reviews', setCookie(PLAN, { phase: 'keep', value: 'ratings-1' }))).toBe(false);
  });
});
