import { appendFileSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmailTransport, rolloutMessage, sendEmail } from '../../../src/notify/index.ts';
import { assertKnown, chooseIds, parseShard } from '../../faults/choose.ts';
import { inLanes } from '../../faults/lanes.ts';
import { isDone, readResults, resultTable, storeResult } from '../../faults/results.ts';
import type { RowResult } from '../../faults/row.ts';
import { pairRows, type Way } from '../../faults/rows/pairs.ts';
import { formatFailpoint, parseFailpoint } from '../../faults/tools/failpoint.ts';
import { type MailReply, SmtpScript } from '../../faults/tools/smtp-script.ts';
import { TcpProxy } from '../../faults/tools/tcp-proxy.ts';
import { promotedView } from '../../support/views.ts';

test('a fail point is read as it is written, and a wrong one is shown a right one', () => {
  expect(formatFailpoint(parseFailpoint('route:after:2'))).toBe('route:after:2');
  for (const wrong of ['', 'route', 'route:during:1', 'route:after:0'])
    expect(() => parseFailpoint(wrong)).toThrow(/looks like route:after:2/);
});

describe('rows', () => {
  test('are made for every activity, before and after; the seed chooses the call', () => {
    const way: Way = { prefix: 'P', what: '', run: () => Promise.reject(), needs: (failpoint) => ({ failpoint }) };
    const rows = pairRows(way, { route: 5, detect: 1 }, 7);
    expect(rows[0]?.id).toBe('P:route:before');
    expect(rows.map(({ needs }) => needs?.failpoint)).toEqual([
      'route:before:3',
      'route:after:3',
      'detect:before:1',
      'detect:after:1',
    ]);
  });

  test('are chosen by id, by the beginning of a pair, and by shard', () => {
    const ids = ['F1', 'F12', 'P:route:before', 'P:route:after'];
    expect(chooseIds(ids, ['F1', 'P:route'])).toEqual(['F1', 'P:route:before', 'P:route:after']);
    const shards = [1, 2, 3].map((number) => chooseIds(ids, undefined, { number, of: 3 }));
    expect(shards.flat().sort()).toEqual([...ids].sort());
    expect(() => chooseIds(ids, ['F2'])).toThrow(/no row is called F2; there are F1, F12/);
    expect(() => assertKnown(['F1', 'P:', 'P:route', 'R:'], ['F1', 'R:1'], ['P'])).not.toThrow();
    expect(() => assertKnown(['A6:'], ['F1', 'R:1'], ['P'])).toThrow('no row is called A6:; there are F1, R:1, P:');
    for (const wrong of ['0/3', '4/3', '3', 'a/b']) expect(() => parseShard(wrong)).toThrow(/looks like 2\/3/);
  });
});

describe('results', () => {
  const result = (id: string, ok: boolean): RowResult => ({
    ...{ id, what: 'a fault', how: 'so', ok, outcome: 'promoted', sent: 10, failed: 0 },
    ...{ checked: [], problems: ok ? [] : ['I1: users without pods'], seconds: 20, seed: 0, at: '' },
  });

  test('are appended; the newest counts, a half line does not, and what went wrong runs again', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'deep', 'results.jsonl');
    expect(readResults(file).size).toBe(0);
    for (const [id, ok] of [
      ['F1', false],
      ['F2', false],
      ['F1', true],
    ] as const)
      storeResult(file, result(id, ok));
    appendFileSync(file, '{"id":"F3"');
    const known = readResults(file);
    expect([...known.keys()]).toEqual(['F1', 'F2']);
    expect(['F1', 'F2', 'F3'].map((id) => isDone(known.get(id), 0))).toEqual([true, false, false]);
    expect(isDone(known.get('F1'), 1)).toBe(false);
  });

  test('are a table, with what is wrong below', () => {
    const lines = resultTable([result('F10', true), result('F2', false)]).split('\n');
    expect(lines[1]).toMatch(/^F2 +WRONG/);
    expect(lines[2]).toMatch(/^F10 +ok/);
    expect(lines[3]).toBe('F2: I1: users without pods');
  });
});

test('lanes do everything once, so many at a time, and nothing new after an abort', async () => {
  const seen: number[] = [];
  let running = 0;
  const stop = new AbortController();
  await inLanes(
    [1, 2, 3, 4, 5, 6],
    2,
    async (item) => {
      running += 1;
      expect(running).toBeLessThanOrEqual(2);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      seen.push(item);
      if (item === 3) stop.abort();
    },
    stop.signal,
  );
  expect(seen.sort()).toEqual([1, 2, 3, 4]);
});

describe('the scripted mail server', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function sendTwice(reply: MailReply) {
    const smtp = await SmtpScript.open();
    const transport = createEmailTransport(smtp.url);
    open.push(
      () => transport.close(),
      () => smtp.close(),
    );
    smtp.rules.push({ match: (raw) => raw.includes('Subject:'), reply });
    const message = rolloutMessage(promotedView(), 'ended', 'example.com');
    const send = () => sendEmail(transport, 'sluice@example.com', ['team@example.com'], message);
    const first = await send().catch((error: Error) => error);
    return { smtp, first, second: await send() };
  }

  test('loses the answer and keeps the mail', async () => {
    const { smtp, first, second } = await sendTwice({ kind: 'lose' });
    expect(first).toBeInstanceOf(Error);
    expect(second.sent).toEqual(['team@example.com']);
    expect(smtp.mails).toHaveLength(2);
    expect(new Set(smtp.mails.map(({ headers }) => headers['message-id'])).size).toBe(1);
  });

  test.each([421, 451, 550] as const)('refuses with %i', async (code) => {
    const { smtp, first } = await sendTwice({ kind: 'refuse', code });
    expect(JSON.stringify(first instanceof Error ? first.message : first)).toContain(String(code));
    expect(smtp.mails).toHaveLength(1);
  });
});

test('a line is cut, goes silent, is down, and comes back', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await TcpProxy.open(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const echo = (waitMs = 100) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(line.address.split(':')[1]), '127.0.0.1', () => socket.write('hello'));
      const timer = setTimeout(() => done('silence'), waitMs);
      const done = (what: string) => {
        clearTimeout(timer);
        socket.destroy();
        resolve(what);
      };
      socket
        .on('data', (chunk) => done(String(chunk)))
        .on('close', () => done('closed'))
        .on('error', () => done('closed'));
    });
  expect(await echo()).toBe('hello');
  line.swallowAnswers();
  expect(await echo()).toBe('silence');
  const waiting = echo(2_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  line.cut();
  expect(await waiting).toBe('closed');
  line.stopTaking();
  expect(await echo()).toBe('closed');
  line.restore();
  expect(await echo()).toBe('hello');
  line.close();
  server.close();
});
