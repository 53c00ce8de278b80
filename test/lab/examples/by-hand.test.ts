/** The documents' own files do on the lab what the documents say, so that the examples stay true. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../../examples/all.ts';
import { Stage } from '../../../examples/support/index.ts';
import { lab } from '../../support/lab/cluster.ts';

const SIZE = { requests: 60, clients: 150 };
const FOLDER = join(import.meta.dirname, '..', '..', '..', 'examples');

describe.sequential.each(EXAMPLES)('examples/$name', { tags: ['repeat'] }, ({ name, namespace, callers, byHand }) => {
  const said: string[] = [];
  const ended = new AbortController();
  const stage = new Stage({
    lab,
    folder: join(FOLDER, name),
    namespace,
    callers,
    signal: ended.signal,
    say: (line) => said.push(line),
  });

  afterAll(async () => {
    await stage.clear();
    ended.abort();
  });

  it('does what its document says', async () => {
    const rows = await byHand(stage, SIZE);
    expect(rows.length).toBeGreaterThan(1);
    expect(
      rows.filter(({ holds }) => !holds),
      said.join('\n'),
    ).toEqual([]);
  });
});
