import { expect, it } from 'vitest';
import { coversService, sameHost, serviceOf } from '../../../../src/routers/shared/host.ts';

it('reads short names in the namespace of the object that says them', () => {
  expect(serviceOf('reviews', 'demo')).toEqual({ name: 'reviews', namespace: 'demo' });
  expect(serviceOf('reviews.prod.svc.cluster.local', 'demo')).toEqual({ name: 'reviews', namespace: 'prod' });
  expect(serviceOf('api.example.com', 'demo')).toBeUndefined();
  expect(serviceOf('*', 'demo')).toBeUndefined();
});

it('compares hosts by what they mean', () => {
  expect(sameHost('reviews', 'demo', 'reviews.demo.svc.cluster.local', 'other')).toBe(true);
  expect(sameHost('reviews', 'demo', 'reviews', 'other')).toBe(false);
  expect(sameHost('api.example.com', 'demo', 'API.example.com', 'other')).toBe(true);
});

it('knows wildcards', () => {
  const reviews = { name: 'reviews', namespace: 'demo' };
  expect(coversService('*.demo.svc.cluster.local', 'x', reviews)).toBe(true);
  expect(coversService('*.other.svc.cluster.local', 'x', reviews)).toBe(false);
  expect(coversService('reviews', 'demo', reviews)).toBe(true);
  expect(coversService('*', 'x', reviews)).toBe(true);
});
