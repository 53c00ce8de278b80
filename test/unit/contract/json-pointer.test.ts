import { expect, it } from 'vitest';
import { valueAt } from '../../../src/contract/json-pointer.ts';

// the examples of RFC 6901, section 5
const DOCUMENT = JSON.parse(
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}',
);

it.each<[string, unknown]>([
  ['', DOCUMENT],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/none/0', undefined],
  ['/constructor/name', undefined],
])('%j', (pointer, value) => expect(valueAt(DOCUMENT, pointer)).toEqual(value));
