import { expect, it } from 'vitest';
import { Shared, type Tell } from '../../../../src/server/live/shared.ts';

it('begins with the first who watches, ends with the last, and tells who comes later how it stands', () => {
  const begun: { key: string; tell: Tell<string>; over: AbortSignal }[] = [];
  const shared = new Shared<string>(async (key, tell, over) => void begun.push({ key, tell, over }));
  const [first, second]: string[][] = [[], []];
  const stops = [shared.watch('a', (news) => first?.push(news))];
  begun[0]?.tell('one');
  begun[0]?.tell('beside', true);
  stops.push(shared.watch('a', (news) => second?.push(news)));
  begun[0]?.tell('two');
  expect([begun.length, first, second]).toEqual([1, ['one', 'beside', 'two'], ['one', 'beside', 'two']]);
  stops[0]?.();
  stops[0]?.();
  expect(begun[0]?.over.aborted).toBe(false);
  stops[1]?.();
  expect(begun[0]?.over.aborted).toBe(true);
  begun[0]?.tell('late');
  const third: string[] = [];
  shared.watch('a', (news) => third.push(news));
  expect([begun.length, third, second?.length]).toEqual([2, [], 3]);
});
