import { expect, it } from 'vitest';
import { EventStream } from '../../../../src/server/live/event-stream.ts';

async function readerOf(stream: EventStream) {
  const reader = stream.response(2_000).body?.getReader();
  const read = async () => {
    const { value, done } = (await reader?.read()) ?? { done: true };
    return done ? undefined : new TextDecoder().decode(value);
  };
  expect(await read()).toBe('retry: 2000\n\n');
  return { read, cancel: () => reader?.cancel() };
}

it('tells what comes, and of one kind the newest alone to who reads slowly', async () => {
  const stream = new EventStream();
  const { read } = await readerOf(stream);
  stream.send({ event: 'rollout', id: 'a', data: { n: 1 } });
  stream.send({ event: 'live', data: {} });
  stream.send({ event: 'rollout', id: 'b', data: { text: 'two\nlines' } });
  stream.beat();
  expect(await read()).toBe('event: rollout\nid: b\ndata: {"text":"two\\nlines"}\n\nevent: live\ndata: {}\n\n');
  const waits = read();
  stream.beat();
  expect(await waits).toBe(':\n\n');
});

it.each(['the server', 'the page'])('ends once, by %s', async (by) => {
  const stream = new EventStream();
  const { read, cancel } = await readerOf(stream);
  let ends = 0;
  stream.onEnd(() => {
    ends += 1;
  });
  if (by === 'the page') await cancel();
  else stream.end();
  stream.end();
  expect([await read(), ends]).toEqual([undefined, 1]);
  stream.onEnd(() => {
    ends += 1;
  });
  expect(ends).toBe(2);
});
