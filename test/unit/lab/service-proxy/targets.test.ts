import { expect, it } from 'vitest';
import { type EndpointSliceObject, targetsOf } from '../../../../lab/service-proxy/targets.ts';

const slice = (...conditions: object[]): EndpointSliceObject => ({
  metadata: { name: 'shop' },
  ports: [{ name: 'http', port: 9080 }],
  endpoints: conditions.map((one, index) => ({ addresses: [`10.244.1.${index}`], conditions: one })),
});
const hosts = (...slices: EndpointSliceObject[]) => targetsOf(slices, 'http').map(({ host }) => host);

it('leads to every ready pod, and to no other while there is one', () => {
  const ending = { ready: false, serving: true, terminating: true };
  expect(hosts(slice({ ready: true }, { ready: false }, {}, ending))).toEqual(['10.244.1.0', '10.244.1.2']);
  expect(hosts(slice(ending, { ready: false }))).toEqual(['10.244.1.0']);
  expect(hosts(slice({ ready: false }))).toEqual([]);
});

it('knows a port by its name', () => {
  expect(targetsOf([slice({})], 'grpc')).toEqual([]);
});
