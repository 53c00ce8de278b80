/** Follows the rollout as a machine would, `sluice get -w -o jsonl`, and notes what happened when. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RolloutView } from '../../../src/contract/view.ts';
import type { LabState } from '../../index.ts';
import { NAMESPACE } from '../app.ts';
import type { Moments } from './moments.ts';

const CLI = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');

/** Until the rollout has ended or the signal comes. A view may be a second old, so what carries its own time is noted with that. */
export function noteViews(lab: LabState, moments: Moments, signal: AbortSignal): void {
  const args = [CLI, 'get', `${NAMESPACE}/reviews`, '--watch', '-o', 'jsonl'];
  const env = { ...process.env, TEMPORAL_ADDRESS: lab.temporal };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'], signal });
  child.on('error', () => undefined);
  const asked = new Set<string>();
  let decided = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { outcome, questions } = JSON.parse(line) as RolloutView;
    if (outcome && !decided) moments.add(`Sluice decides to go back: ${outcome.reason}`);
    decided ||= outcome !== undefined;
    for (const { id, reason, since } of questions.filter(({ id }) => !asked.has(id))) {
      asked.add(id);
      moments.add(`people are asked, nobody answers: ${reason}`, Date.parse(since));
    }
  });
}
