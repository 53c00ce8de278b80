/** Tells people what the rollouts of a plan hand over. It ends when everybody was told and nothing is asked any more. */
import {
  ActivityFailure,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  rootCause,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClusterActivities, ControlActivities } from '../../contract/activities.ts';
import { clusterQueue } from '../../contract/ids.ts';
import { lookFault, newsFault, remarkFault } from '../../contract/message-faults.ts';
import { lookSignal, newsSignal, remarkSignal, untoldQuery } from '../../contract/messages.ts';
import type { NotifyResult, Recipient, Untold } from '../../contract/notice.ts';
import { CONTROL_MS, QUICK_MS } from '../../contract/time-limits.ts';
import { plural } from '../../contract/words.ts';
import { controlActivities } from '../activities.ts';
import { giveUpLate, type Letter, nextTry, settle, takeLetters, tidy } from './lanes.ts';
import { askAgain, look, nextAgain, take, tellGone, tellRemark } from './news.ts';
import { initialState, isBusy, isOver, type NoticesState } from './state.ts';
import { untoldOf } from './untold.ts';

export async function notices({ carried }: { carried?: NoticesState }): Promise<Untold[]> {
  const state = carried ?? initialState();
  let changes = carried ? 1 : 0;
  const changed = () => {
    tidy(state);
    changes += 1;
  };
  setHandler(untoldQuery, () => untoldOf(state), { description: 'What people cannot be told, or could not' });
  setHandler(newsSignal, (news) => {
    const fault = newsFault(news);
    if (fault) return log.warn('news were not understood', { fault });
    take(state, news, Date.now());
    changed();
  });
  setHandler(lookSignal, (asked) => {
    if (lookFault(asked) === undefined) look(state, asked, Date.now());
    changed();
  });
  setHandler(remarkSignal, (remark) => {
    if (remarkFault(remark) === undefined) tellRemark(state, remark, Date.now());
    changed();
  });
  // whoever starts it has news
  await condition(() => changes > 0);
  for (;;) {
    giveUpLate(state, Date.now()); // each message is tried for a day
    askAgain(state, Date.now()); // open questions are told again
    if (isOver(state)) return untoldOf(state);
    const { continueAsNewSuggested: long } = workflowInfo();
    if (long && !isBusy(state)) await continueAsNew<typeof notices>({ carried: state });
    const letters = long ? [] : takeLetters(state, Date.now()); // in order, or one digest after an outage
    for (const letter of letters) deliver(state, letter).then(changed);
    const seen = changes;
    await until(() => changes !== seen, long ? Number.POSITIVE_INFINITY : Math.min(nextTry(state), nextAgain(state)));
  }
}

async function deliver(state: NoticesState, letter: Letter): Promise<void> {
  const { duties, lanes } = letter;
  const to = lanes.map((lane) => lane.to);
  const open = state.asked.map(({ question }) => question);
  const what = duties.length === 1 ? duties[0]?.topic : plural(duties.length, 'notice');
  const summary = duties.length === 0 ? 'show how it stands' : `tell ${plural(to.length, 'recipient')}: ${what}`;
  const isObject = to[0]?.channel === 'object';
  const { notify } = isObject ? objectActivities(state, summary) : controlActivities(summary, { retry: ONCE });
  const { card, again } = lanes[0] ?? {};
  const shown = { ...(card && { card }), ...(again && { again }) };
  const object = isObject && state.object && { object: state.object };
  const result = await notify({ ...state.target, to, notices: duties, open, ...shown, ...object }).catch((error) =>
    unknown(to, error),
  );
  settle(state, letter, result, Date.now());
  tellGone(state, letter, result, Date.now());
}

const ONCE = { maximumAttempts: 1 };

/** Workers of its cluster write it; while none is there it is tried again. */
function objectActivities({ target }: NoticesState, summary: string): Pick<ControlActivities, 'notify'> {
  const { showStatus: notify } = proxyActivities<ClusterActivities>({
    taskQueue: clusterQueue(target.cluster),
    summary,
    startToCloseTimeout: QUICK_MS,
    scheduleToCloseTimeout: CONTROL_MS,
    retry: ONCE,
  });
  return { notify };
}

/** Nobody knows whether it arrived. */
function unknown(to: Recipient[], error: unknown): NotifyResult {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
  const reason = rootCause(error) ?? error.message;
  return { told: [], refused: [], later: to.map((one) => ({ to: one, reason, perhaps: true })) };
}

/** @param at ms; infinite: only `over` ends it */
async function until(over: () => boolean, at: number): Promise<void> {
  if (at === Number.POSITIVE_INFINITY) return condition(over);
  await condition(over, Math.max(1, at - Date.now()), { summary: 'until a message is due' });
}
