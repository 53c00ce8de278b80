import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { yamlText } from '../../../../../src/cli/commands/shared/write-new.ts';

it('writes what others have written so that it steers no terminal, and says the same', async () => {
  const texts = ['\u009b2J', 'a\u202eb', '\u001b[2J', 'a\u2028b', '👩\u200d🚀', 'two\nlines\u009b', 'plain: "é"'];
  const documents = [{ texts, '\u202ekey': 1 }, texts];
  const text = await yamlText(documents);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(parseAllDocuments(text).map((one) => one.toJS())).toEqual(documents);
});
