import { expect, it } from 'vitest';
import type { Service } from '../../../../src/kubernetes/objects/services.ts';
import { problems } from '../../../../src/routers/service/problems.ts';
import { REST, ROUTE, service, servicePlan } from './fixtures.ts';

const said = (object: Service, plan = servicePlan(), route = ROUTE) =>
  problems({ plan, route, object }).map(({ where, problem }) => `${where} ${problem}`);

it('nothing forbids a Service that selects the primary', () => {
  expect(said(service())).toEqual([]);
});

it.each<[string, Service, RegExp]>([
  ['another name for a host', service(undefined, { type: 'ExternalName' }), /ExternalName.*selects no pods/],
  ['headless', service(REST, { clusterIP: 'None' }), /is headless/],
  ['no selector', service({}), /has no selector/],
  ['pods that are not ready', service(REST, { publishNotReadyAddresses: true }), /not ready, too/],
  ['nothing common', service({ version: 'v1' }), /would select every pod of the namespace/],
  ['both at rest', service({ app: 'shop' }), /selects pods of the canary as well/],
  ['the canary at rest', service({ app: 'shop', version: 'v2' }), /leads 100 % of the users to the canary already/],
])('refuses %s', (_, object, words) => {
  expect(said(object)).toEqual([expect.stringMatching(words)]);
});

it('refuses a Service of another namespace', () => {
  expect(said(service(), servicePlan(), { ...ROUTE, namespace: 'other' })).toEqual([
    'Service other/shop selects pods of its own namespace, and those of the plan are in demo',
  ]);
});

it('a switch needs nothing that both sides have, and adopts a canary that runs', () => {
  expect(said(service({ version: 'v1' }), servicePlan('switch'))).toEqual([]);
  const adopting = servicePlan('switch', (plan) => {
    plan.workload.adoptRunning = true;
  });
  expect(said(service({ app: 'shop', version: 'v2' }), adopting)).toEqual([]);
});
