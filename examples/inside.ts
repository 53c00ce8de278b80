/** Tells examples inside the lab, run by `run.ts`: `node inside.ts NAME… --started MS`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { currentLab, LabError } from '../lab/index.ts';
import { heading, say } from '../lab/story/index.ts';
import { EXAMPLES } from './all.ts';
import { type Example, type Row, rowLines, Stage } from './support/index.ts';

type Line = Row & { document: string };

const SIZE = { requests: 200, clients: 400 };

const { values, positionals } = parseArgs({ options: { started: { type: 'string' } }, allowPositionals: true });
const started = Number(values.started);
const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());

function stageOf({ name, namespace, callers }: Example): Stage {
  const folder = join(import.meta.dirname, name);
  return new Stage({ lab: currentLab(), folder, namespace, callers, signal: interrupt.signal });
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
async function tellAll(examples: Example[]): Promise<boolean> {
  const lines: Line[] = [];
  for (const [index, example] of examples.entries()) {
    const stage = stageOf(example);
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

try {
  process.exitCode = (await tellAll(EXAMPLES.filter(({ name }) => positionals.includes(name)))) ? 0 : 1;
} catch (error) {
  process.exitCode = interrupt.signal.aborted ? 130 : 1;
  if (!interrupt.signal.aborted)
    say(`\nIt stops here: ${error instanceof Error ? error.message : String(error)}`.trimEnd());
  if (error instanceof LabError) for (const line of error.details) say(`  ${line}`);
}
// The worker is a session of its own; nothing else of ours may hold the process.
process.exit();
