import { afterEach, expect, it } from 'vitest';
import { type ClusterConnection, connect } from '../../../src/kubernetes/client/connect.ts';
import { resolveRoute } from '../../../src/routers/resolve.ts';
import { answer, type FakeApiServer, fakeApiServer, status } from '../../support/fakes/api-server.ts';

let server: FakeApiServer;
let connection: ClusterConnection;

afterEach(async () => {
  await connection.close();
  await server.close();
});

it('every activity over one connection knows which version the cluster served last', async () => {
  const asked: string[] = [];
  server = await fakeApiServer(({ url = '' }, response) => {
    asked.push(url);
    if (!url.includes('/v1beta1/')) return answer(response, 404, status(404, 'no such version'));
    answer(response, 200, { metadata: { name: 'reviews', namespace: 'demo' } });
  });
  connection = connect({ kubeconfig: server.kubeconfig });
  const route = { kind: 'VirtualService', name: 'reviews', namespace: 'demo' };
  for (let n = 0; n < 2; n += 1) await resolveRoute(connection.until(new AbortController().signal), route);
  const at = (version: string) => `/apis/networking.istio.io/${version}/namespaces/demo/virtualservices/reviews`;
  expect(asked).toEqual([at('v1'), at('v1beta1'), at('v1beta1')]);
});
