/** What people cannot be told, or could not. Pure. */
import type { Untold } from '../../contract/notice.ts';
import { iso } from '../../contract/words.ts';
import type { Lane, NoticesState } from './state.ts';

/** Recipients with the same trouble together. */
export function untoldOf(state: NoticesState): Untold[] {
  const groups = new Map<string, Untold>();
  for (const lane of state.lanes) {
    for (const one of [waitingOf(lane, state), lostOf(lane)]) {
      if (!one) continue;
      const key = JSON.stringify(one);
      const group = groups.get(key) ?? { ...one, to: [], everybody: false };
      group.to.push(lane.to.address);
      group.everybody = group.to.length === state.lanes.length;
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

type Trouble = Omit<Untold, 'to' | 'everybody'>;

function waitingOf({ trouble, waiting }: Lane, { duties }: NoticesState): Trouble | undefined {
  const last = duties.find(({ id }) => id === waiting.at(-1));
  if (!trouble || !last) return undefined;
  const { since, reason } = trouble;
  return { since: iso(since), messages: waiting.length, reason, until: iso(last.until) };
}

function lostOf({ lost }: Lane): Trouble | undefined {
  return lost && { since: iso(lost.since), messages: lost.messages, reason: lost.reason };
}
