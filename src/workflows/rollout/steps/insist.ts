/** A write of the way forward: its errors are tried with a cap, then people are asked (order rule 8). */
import type { WriteObject } from '../../../contract/fence.ts';
import type { Run } from '../run.ts';
import { type WriteCall, write } from '../writer.ts';

export function insistOn<T>(run: Run, object: WriteObject, summary: string, call: WriteCall<T>): Promise<T> {
  return run.insist(summary, () => write(run, { object, what: 'forward', summary }, call));
}
