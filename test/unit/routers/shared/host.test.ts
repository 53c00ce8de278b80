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

it('knows wildcards, whatever the domain of the mesh', () => {
  const reviews = { name: 'reviews', namespace: 'demo' };
  const covers = (host: string, domain = 'cluster.local') => coversService(host, 'x', reviews, domain);
  expect(covers('*.demo.svc.cluster.local')).toBe(true);
  expect(covers('*.other.svc.cluster.local')).toBe(false);
  expect(coversService('reviews', 'demo', reviews, 'cluster.local')).toBe(true);
  expect(covers('*')).toBe(true);
  expect(covers('*.demo.svc.corp.example')).toBe(false);
  expect(covers('*.demo.svc.corp.example', 'corp.example')).toBe(true);
  expect(covers('*.example', 'corp.example')).toBe(true);
});
