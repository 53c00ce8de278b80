import { describe, expect, it } from 'vitest';
import { openProgress } from '../../../../bench/judge/progress-bar.ts';

describe('the progress bar', () => {
  it('is drawn on terminals, not too often, and taken away', () => {
    let written = '';
    let now = 0;
    const stream = { isTTY: true, write: (text: string) => (written += text) };
    const bar = openProgress(stream, false, () => now);
    bar.show(10, 100);
    now = 100;
    bar.show(11, 100);
    now = 1000;
    bar.show(50, 100);
    bar.close();
    expect(written.split('\r').slice(1)).toEqual([
      '[###...........................] 10/100 rollouts, about 0 s left\u001b[K',
      '[###############...............] 50/100 rollouts, about 1 s left\u001b[K',
      '\u001b[K',
    ]);
  });

  it('is not drawn elsewhere, nor when it shall be quiet', () => {
    const write = () => expect.fail('nothing is to be written');
    for (const [isTTY, quiet] of [
      [false, false],
      [true, true],
    ] as const) {
      const bar = openProgress({ isTTY, write }, quiet);
      bar.show(1, 2);
      bar.close();
      expect(bar).toBeDefined();
    }
  });
});
