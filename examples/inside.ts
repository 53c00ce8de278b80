/** Tells examples inside the lab, run by `run.ts`: `node inside.ts NAME… --started MS`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { heading, say, type Teller, tellInside } from '../lab/story/index.ts';
import { EXAMPLES } from './all.ts';
import { type Example, type Row, rowLines, Stage } from './support/index.ts';

type Line = Row & { document: string };

const SIZE = { requests: 200, clients: 400 };

const { values, positionals } = parseArgs({ options: { started: { type: 'string' } }, allowPositionals: true });
const started = Number(values.started);

function stageOf(teller: Teller, { name, namespace, callers }: Example): Stage {
  const folder = join(import.meta.dirname, name);
  return new Stage({ ...teller, folder, namespace, callers });
}

async function tell(example: Example, stage: Stage): Promise<Line[]> {
  const { name, about } = example;
  heading(started, `${name}, by hand: ${about}`);
  const byHand = await example.byHand(stage, SIZE);
  heading(started, `${name}, the same by Sluice`);
  const bySluice = await example.bySluice(stage, SIZE);
  return [...byHand, ...bySluice].map((row) => ({ document: name, ...row }));
}

/** @returns whether everything is as the documents say */
async function tellAll(teller: Teller, examples: Example[]): Promise<boolean> {
  const lines: Line[] = [];
  for (const [index, example] of examples.entries()) {
    const stage = stageOf(teller, example);
    lines.push(...(await tell(example, stage)));
    // Two examples may use the same names.
    if (index < examples.length - 1) await stage.clear();
  }
  heading(started, 'What was sent, and where it arrived');
  say(rowLines(lines));
  const wrong = lines.filter(({ holds }) => !holds).length;
  say(wrong === 0 ? '\nAll as the documents say.' : `\nNOT as the documents say: ${wrong} of the lines above.`);
  return wrong === 0;
}

await tellInside((teller) =>
  tellAll(
    teller,
    EXAMPLES.filter(({ name }) => positionals.includes(name)),
  ),
);
