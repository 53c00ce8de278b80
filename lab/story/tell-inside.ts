import { currentLab, LabError, type LabState } from '../index.ts';
import { say } from './say.ts';
import { Watch } from './watch.ts';

export interface Teller {
  lab: LabState;
  watch: Watch;
  /** Aborts on Ctrl-C and when a process that the story needs has ended. */
  signal: AbortSignal;
}

/** Tells a story inside the lab, then ends this process: 0 all was as it should be, 1 not so, 130 interrupted. */
export async function tellInside(tell: (teller: Teller) => Promise<boolean>): Promise<never> {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupt.abort());
  const lab = currentLab();
  const watch = new Watch(lab);
  try {
    const signal = AbortSignal.any([interrupt.signal, watch.signal]);
    process.exitCode = (await tell({ lab, watch, signal })) ? 0 : 1;
  } catch (error) {
    process.exitCode = interrupt.signal.aborted ? 130 : 1;
    if (!interrupt.signal.aborted) sayWhy(await watch.causeOf(error));
  }
  // Server and worker are sessions of their own; nothing else of ours may hold the process.
  process.exit();
}

function sayWhy(error: unknown): void {
  say(`\nIt stops here: ${error instanceof Error ? error.message : String(error)}`.trimEnd());
  if (error instanceof LabError) for (const line of error.details) say(`  ${line}`);
}
