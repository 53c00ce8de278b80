import { expect, it } from 'vitest';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { hookServer, readSenders, secretFile } from '../../support/sender.ts';

const SECRET = secretFile('a-secret-of-some-length').file;
const senders = await readSenders(
  ['events', 'cdevents', 'github']
    .map((name) => {
      const read = { events: 'cloudevents', cdevents: 'cdevents', github: 'github' }[name];
      return `  - { name: ${name}, plans: [demo/*], read: ${read}, signature: { preset: github, secrets: [{ file: ${SECRET} }] } }\n`;
    })
    .join(''),
);

it.each([
  ['/events', 'eventgrid.azure.net', true],
  ['/cdevents', 'eventgrid.azure.net', true],
  ['', 'eventgrid.azure.net', true],
  ['/github', 'eventgrid.azure.net', false],
  ['/nobody', 'eventgrid.azure.net', false],
  ['/events', undefined, false],
])('/hooks/deploy%s asked by %s: %s', async (path, origin, allowed) => {
  const server = hookServer({ senders, plans: { plans: [], broken: [] }, temporal: new FakeTemporal() });
  const headers = {
    'webhook-request-callback': 'http://127.0.0.1:1/',
    ...(origin && { 'webhook-request-origin': origin }),
  };
  const { status, headers: said } = await server.request(`/hooks/deploy${path}`, { method: 'OPTIONS', headers });
  expect([status, said.get('allow')]).toEqual([204, 'OPTIONS, POST']);
  const allowance = ['origin', 'rate'].map((name) => said.get(`webhook-allowed-${name}`));
  expect(allowance).toEqual(allowed ? [origin, '300'] : [null, null]);
});
