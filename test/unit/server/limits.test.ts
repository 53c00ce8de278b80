import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { AppEnv } from '../../../src/server/env.ts';
import { HttpError } from '../../../src/server/http-error.ts';
import { limited } from '../../../src/server/limits.ts';
import { TrustedProxies } from '../../../src/server/trusted-proxies.ts';

function app(proxies: string[] = []) {
  const app = new Hono<AppEnv>();
  app.use(limited({ proxies: new TrustedProxies(proxies), clock: () => 1 }));
  app.post('/:sender', (c) => {
    c.var.admit(c.req.param('sender'));
    return c.text('taken');
  });
  app.onError((error, c) => c.json({}, error instanceof HttpError ? error.status : 500));
  const send = async (remoteAddress: string | undefined, sender: string, forwardedFor = '') => {
    const bindings = remoteAddress === undefined ? {} : { incoming: { socket: { remoteAddress } } };
    const headers = { 'x-forwarded-for': forwardedFor };
    return (await app.request(`/${sender}`, { method: 'POST', headers }, bindings)).status;
  };
  return send;
}

async function flood(send: () => Promise<number>): Promise<number> {
  let taken = 0;
  for (let n = 0; n < 300; n += 1) taken += (await send()) === 200 ? 1 : 0;
  return taken;
}

it('one address takes nothing from another, and has no more in a /64 of its own', async () => {
  const send = app();
  expect(await flood(() => send('2001:db8::1', `s${Math.random()}`))).toBe(100);
  expect(await send('2001:db8::ffff', 'a')).toBe(429);
  expect(await send('2001:db8:0:1::1', 'a')).toBe(200);
});

it('one sender takes nothing from another, from however many addresses it comes', async () => {
  const send = app();
  const addresses = Array.from({ length: 300 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  expect(await flood(() => send(addresses.pop(), 'ci'))).toBe(200);
  expect(await send('10.9.9.9', 'other')).toBe(200);
});

it('behind a trusted proxy the client counts, behind another one the proxy', async () => {
  const send = app(['10.0.0.1']);
  expect(await flood(() => send('10.0.0.1', `s${Math.random()}`, '198.51.100.1'))).toBe(100);
  expect(await send('10.0.0.1', 'a', '198.51.100.2')).toBe(200);
  expect(await flood(() => send('10.0.0.2', `s${Math.random()}`, `198.51.100.${Math.random()}`))).toBe(100);
});

it('without an address, in another runtime, only senders are counted', async () => {
  const send = app();
  expect(await flood(() => send(undefined, `s${Math.random()}`))).toBe(300);
});
