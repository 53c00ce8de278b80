import { expect, it } from 'vitest';
import { renderRollout } from '../../../../src/cli/render/index.ts';
import type { TerminalLook } from '../../../../src/cli/render/look.ts';
import type { ComparisonPoint, ComparisonView } from '../../../../src/contract/view.ts';
import { factsOf } from '../../../../src/notify/facts.ts';
import { NOW, runningView } from '../../../support/views.ts';

const points: ComparisonPoint[] = [0, 0.2, 0.5, 0.9].map((share, i) => ({
  at: `2026-11-21T14:09:0${i}.000Z`,
  stage: i === 0 ? 'mirror' : '40 %',
  lnAbort: -1,
  lnPass: 3 * share,
}));

const COMPARISON: ComparisonView = {
  verdict: 'continue',
  reason: 'not-proven',
  sentence:
    'not proven yet; canary 0.1 % errors, primary 0.1 %, tolerated 0.21 %: evidence 0.37 to 1 against, abort at 100, and 15 to 1 for health, pass at 20',
  lnAbort: -1,
  lnAbortAt: 4.6,
  lnPass: 2.7,
  lnPassAt: 3,
  frozen: false,
  points,
};

function picture(comparison: ComparisonView, look: Partial<TerminalLook> = {}): string[] {
  const view = runningView({ comparison });
  const full: TerminalLook = { width: 80, color: false, unicode: true, ...look };
  const lines = renderRollout({ view, live: {}, workers: 'polling', now: NOW, watching: true }, full);
  const begin = lines.findIndex((line) => line.includes('compared'));
  return lines.slice(begin, lines.indexOf('', begin));
}

it('shows the evidence both ways, of this stage only', () => {
  expect(picture(COMPARISON).join('\n')).toMatchInlineSnapshot(`
    "  compared  not decided
                not proven yet; canary 0.1 % errors, primary 0.1 %, tolerated 0.21
                %: evidence 0.37 to 1 against, abort at 100, and 15 to 1 for
                health, pass at 20
        worse   ▁▁▁  0 % of a proof
        healthy ▂▄▇  90 % of a proof"
  `);
});

it('says where limits alone decide, in ASCII', () => {
  expect(picture({ ...COMPARISON, frozen: true }, { unicode: false }).join('\n')).toMatchInlineSnapshot(`
    "  compared  limits alone decide at this weight
                not proven yet; canary 0.1 % errors, primary 0.1 %, tolerated 0.21
                %: evidence 0.37 to 1 against, abort at 100, and 15 to 1 for
                health, pass at 20
        worse   ...  0 % of a proof"
  `);
});

it('says it in mail', () => {
  const { lines } = factsOf(runningView({ comparison: COMPARISON }));
  expect(lines).toContainEqual(['Canary and primary', COMPARISON.sentence]);
});
