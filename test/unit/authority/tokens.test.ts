import { expect, it } from 'vitest';
import { holderOf, newToken, tokenHash } from '../../../src/authority/index.ts';
import type { Person } from '../../../src/installation/index.ts';

const { token, sha256 } = newToken();
const everything: Person['may'] = [{ verbs: ['*'], plans: ['demo/*'], clusters: ['*'] }];
const target = { cluster: 'local', namespace: 'demo', plan: 'shop' };

const ann = (more: Partial<Person['tokens'][number]> = {}): Person => ({
  ...{ name: 'ann', groups: [], slack: [], oidc: [], may: everything },
  tokens: [{ sha256, expires: '2026-06-01T00:00:00+02:00', ...more }],
});

it('a token is its person until it ends, and nobody afterwards', () => {
  expect(token).toMatch(/^sluice_[\w-]{43}$/);
  expect(tokenHash(token)).toBe(sha256);
  expect(holderOf(token, [ann()], Date.parse('2026-05-31T21:59:59Z'))?.person.name).toBe('ann');
  expect(holderOf(token, [ann()], Date.parse('2026-05-31T22:00:00Z'))).toBeUndefined();
  expect(holderOf(newToken().token, [ann()], 0)).toBeUndefined();
  expect(holderOf(sha256, [ann()], 0)).toBeUndefined();
});

it('a token may what both it and its person may', () => {
  const may = [{ verbs: ['view' as const, 'abort' as const], plans: ['*/*'], clusters: ['*'] }];
  const scoped = holderOf(token, [ann({ may })], 0);
  const all = holderOf(token, [ann()], 0);
  expect([scoped?.may('abort', target), scoped?.may('promote', target)]).toEqual([true, false]);
  expect(all?.may('promote', target)).toBe(true);
  expect(scoped?.may('abort', { ...target, namespace: 'prod' })).toBe(false);
  expect(holderOf(token, [ann({ may: [] })], 0)?.may('view', target)).toBe(false);
});
