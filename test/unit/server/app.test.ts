import { expect, it } from 'vitest';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { hookServer, senderOf } from '../../support/sender.ts';

const PLACE = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };

it.each([
  ['/api/v1/me', 'application/problem+json', { title: 'too many requests from your address', code: 'too-many' }],
  ['/hooks/deploy', 'application/json', { error: { message: 'too many requests from your address' } }],
])('who asks too often hears of it as %s says everything else: %s', async (path, type, said) => {
  const server = hookServer({
    senders: [senderOf([])],
    plans: { plans: [], broken: [] },
    temporal: new FakeTemporal(),
  });
  let answer = await server.request(path, {}, PLACE);
  for (let n = 0; n < 200 && answer.status !== 429; n += 1) answer = await server.request(path, {}, PLACE);
  expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-frame-options')]).toEqual([
    429,
    '1',
    'SAMEORIGIN',
  ]);
  expect(answer.headers.get('content-type')).toBe(type);
  expect(await answer.json()).toMatchObject(said);
});
