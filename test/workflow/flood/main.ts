/** `node main.ts PORT SECRET SECONDS`: everybody at once, each kind from an address of its own, 5,000 hooks a minute. Prints how each was answered. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { SENDER } from '../../../lab/story/index.ts';
import { parseSecrets, sign } from '../../../src/network/standard-webhooks.ts';

const [port = '', secret = '', seconds = ''] = process.argv.slice(2);
const [key] = parseSecrets([secret]);
const endMs = Date.now() + Number(seconds) * 1000;
const url = `http://127.0.0.1:${port}/hooks/deploy/${SENDER}`;
const answers: Record<string, Record<string, number>> = {};

function note(who: string, what: string | number): void {
  answers[who] ??= {};
  answers[who][what] = (answers[who][what] ?? 0) + 1;
}

/** Connections that are made again when they are cut. */
async function hold(who: string, localAddress: string, count: number, drip: (socket: Socket) => void): Promise<void> {
  const one = async () => {
    while (Date.now() < endMs) {
      const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress }).resume();
      const timer = setInterval(() => drip(socket), 200);
      const over = setTimeout(() => socket.destroy(), endMs - Date.now());
      await new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      clearInterval(timer);
      clearTimeout(over);
      note(who, 'cut');
      await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: count }, one));
}

/** What patterns take long for, where they are not linear. */
const HOSTILE = ['\\Q\\E', '\\Q', '[[:a', '(?P<a', '/', '.:;', '1', '.svc.a', ' ', ',a='].flatMap((part) =>
  [10, 100, 1_000, 5_000, 10_000].map((times) => `a${part.repeat(times)}!`),
);

/** @param body of the n-th request */
async function send(
  who: string,
  localAddress: string,
  lanes: number,
  body: (n: number) => string | Buffer,
  { signed = true, everyMs = 0 } = {},
): Promise<void> {
  const agent = new Agent({ connections: lanes, localAddress });
  const startMs = Date.now();
  let n = 0;
  const one = async () => {
    n += 1;
    const text = body(n);
    const proof = signed ? sign(`${who}-${n}`, new Date(), text, key as Uint8Array) : {};
    const headers = { 'content-type': 'application/json', ...proof };
    const signal = AbortSignal.timeout(5_000);
    await request(url, { method: 'POST', dispatcher: agent, headers, body: text, signal })
      .then(async (answer) => {
        await answer.body.dump();
        note(who, answer.statusCode);
      })
      .catch((error: { code?: string; name: string }) => note(who, error.code ?? error.name));
  };
  // at its own pace, whatever becomes of the one before
  const pace = async () => {
    const all: Promise<void>[] = [];
    while (Date.now() < endMs) {
      while (n * everyMs <= Date.now() - startMs) all.push(one());
      await sleep(everyMs);
    }
    await Promise.all(all);
  };
  const lane = async () => {
    while (Date.now() < endMs) await one();
  };
  await (everyMs > 0 ? pace() : Promise.all(Array.from({ length: lanes }, lane)));
  await agent.destroy();
}

const large = Buffer.alloc(100 * 1024 * 1024, 0x20);
await Promise.all([
  hold('silent', '127.0.0.2', 512, () => undefined),
  hold('slow headers', '127.0.0.3', 50, (socket) =>
    socket.write(socket.bytesWritten === 0 ? 'POST /hooks/deploy/ci HTTP/1.1\r\nhost: a\r\n' : 'x: y\r\n'),
  ),
  hold('slow body', '127.0.0.4', 50, (socket) =>
    socket.write(
      socket.bytesWritten === 0
        ? 'POST /hooks/deploy/ci HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n'
        : ' ',
    ),
  ),
  send('100 MB', '127.0.0.5', 4, () => large, { signed: false }),
  send('hooks', '127.0.0.6', 60, (n) => JSON.stringify({ plan: 'flooded', reason: `${n}` }), { everyMs: 12 }),
  send('hostile', '127.0.0.10', 4, (n) => {
    const text = HOSTILE[n % HOSTILE.length];
    return JSON.stringify({ image: text, plan: text, by: text, reason: text });
  }),
  send('deep', '127.0.0.7', 4, () => '['.repeat(500_000)),
  send('unsigned', '127.0.0.8', 20, (n) => JSON.stringify({ plan: `x${n}` }), { signed: false }),
]);
console.log(JSON.stringify(answers));
process.exit(0);
