import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUILD_EDITS } from '../../../faults/rows/builds.ts';
import { edited } from '../../../faults/tools/build.ts';

test.each(BUILD_EDITS.map((edits) => [edits]))(
  'a build of other lines finds the lines that it changes: %o',
  (edits) => {
    const texts = new Map(edits.map(({ file }) => [file, readFileSync(`src/${file}`, 'utf8')]));
    for (const edit of edits) texts.set(edit.file, edited(texts.get(edit.file) ?? '', edit));
    for (const [file, text] of texts) expect(text).not.toBe(readFileSync(`src/${file}`, 'utf8'));
  },
);

test('lines that are not there any more are told', () => {
  expect(() => edited('a', { file: 'x.ts', from: 'b', to: 'c' })).toThrow('x.ts does not have exactly one "b"');
});
