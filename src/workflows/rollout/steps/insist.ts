import type { WriteObject } from '../../../contract/fence.ts';
/** A write of the way forward: its errors are tried with a cap, then people are asked (order rule 8). */
import { Outdated } from '../errors.ts';
import type { Run } from '../run.ts';
import { type WriteCall, write } from '../writer.ts';

export async function insistOn<T>(run: Run, object: WriteObject, summary: string, call: WriteCall<T>): Promise<T> {
  for (;;) {
    try {
      return await run.insist(summary, () => write(run, { object, what: 'forward', summary }, call));
    } catch (error) {
      if (!(error instanceof Outdated)) throw error;
    }
  }
}
