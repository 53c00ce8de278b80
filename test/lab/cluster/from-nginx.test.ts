/** docs/use/from-nginx.md, command by command, under users of the Gateway. No ingress-nginx runs in the lab. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../src/kubernetes/index.ts';
import { expectServed } from '../../support/lab/adopted.ts';
import { eventually, getJson, lab } from '../../support/lab/cluster.ts';
import { FlaggerPair } from '../../support/lab/flagger-pair.ts';
import { openPage } from '../../support/lab/page.ts';
import { knowPlans } from './support.ts';

const client = connect({ kubeconfig: lab.kubeconfig });
let app: FlaggerPair;

beforeAll(async () => {
  app = await FlaggerPair.create('door', 'nginx');
  await knowPlans(client, app.namespace);
}, 300_000);
afterAll(async () => {
  await client?.close();
  await app?.remove();
});

test('the route stands beside the Ingress; adopted and without both, no user failed', async () => {
  const page = openPage('docs/use/from-nginx.md', { web: app.namespace });
  const pods = await app.pods();
  await page.run('kubectl wait');
  await eventually(async () => (await app.ask()).status === 200 || undefined, 'the Gateway answers');
  const users = app.users({ rate: 100 });
  await page.run('kubectl delete canary');
  await app.swept();
  await page.run('kubectl delete ingress');
  await expectServed(users, 200);
  expect(await app.pods()).toEqual(pods);
  const kept = [...(await app.objects()).keys()];
  expect(kept).toEqual(expect.arrayContaining(['Deployment/door-primary', 'Service/door', 'HTTPRoute/door']));
  expect(kept.filter((name) => name.startsWith('Ingress/'))).toEqual([]);
  const plan = await getJson(app.namespace, 'rolloutplan', 'door');
  expect(plan).toMatchObject({ spec: { traffic: { routes: [{ kind: 'HTTPRoute', name: 'door' }] } } });
}, 300_000);
