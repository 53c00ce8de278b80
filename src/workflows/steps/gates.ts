/** What must be so before a step goes forward: hours that the plan allows, and people who agree. Going back never asks. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { ApprovalPlan, WindowPurpose } from '../../rollout/plan.ts';
import type { GatesState } from '../../rollout/state.ts';
import type { NeedsYou } from '../../rollout/view.ts';
import { formatSpan, plural } from '../../rollout/words.ts';
import { controlActivities } from '../activities.ts';
import type { Run } from '../run.ts';

/** `start`: nothing is scaled yet; a number: the weight that comes. */
export type Moment = 'start' | 'mirror' | 'promotion' | number;

/** Waits until the plan's hours and its people let the rollout go on; the checks go on meanwhile. */
export async function passGates(run: Run, moment: Moment): Promise<void> {
  const gates = run.state.gates ?? { passed: [] };
  run.state.gates = gates;
  await openHours(run, moment, gates);
  // People take their time: hours that were open when they were asked may be over when they agree.
  while (await askPeople(run, moment, gates)) await openHours(run, moment, gates);
  gates.opened = undefined;
}

/** @returns whether anybody had to be asked */
async function askPeople(run: Run, moment: Moment, gates: GatesState): Promise<boolean> {
  let asked = false;
  for (const approval of run.plan.approvals ?? []) {
    const name = gateName(approval);
    if (!isDue(approval, moment) || gates.passed.includes(name)) continue;
    await approve(run, approval, name, gates);
    gates.passed.push(name);
    gates.waiting = undefined;
    asked = true;
  }
  if (asked) await run.pausePoint();
  return asked;
}

/** Approvals before a weight are due when it, or a larger one, comes first. */
function isDue({ before }: ApprovalPlan, moment: Moment): boolean {
  if (typeof moment !== 'number') return before === moment;
  return before === 'traffic' || (typeof before === 'number' && before <= moment);
}

function gateName({ before }: ApprovalPlan): string {
  if (typeof before === 'number') return `${before} % of the users`;
  return { mirror: 'the mirror', traffic: 'the first users', promotion: 'the promotion' }[before];
}

async function approve(run: Run, approval: ApprovalPlan, name: string, gates: GatesState): Promise<void> {
  const { count, expiresMs } = approval;
  const earlier = gates.waiting?.name === name ? gates.waiting : undefined;
  const waiting = earlier ?? { name, since: run.now(), approved: [] };
  gates.waiting = waiting;
  const expiry =
    expiresMs === undefined
      ? undefined
      : timer(Date.parse(waiting.since) + expiresMs - Date.now(), `an approval of ${name} expires`);
  const over = () => waiting.approved.length >= count || (expiry?.over === true && approval.onExpiry !== 'hold');
  let since = earlier?.since;
  try {
    // The guard may need somebody too: its hold ends this one, but answers nothing.
    while (!over()) {
      await run.hold(need(approval, name, waiting.approved), { over, since, mayStartAfresh: true });
      since = undefined;
    }
  } finally {
    expiry?.cancel();
  }
  if (waiting.approved.length >= count) return;
  const reason = `Nobody approved ${name} within ${formatSpan(expiresMs ?? 0)}.`;
  if (approval.onExpiry === 'abort') run.goBack({ kind: 'aborted', reason });
  run.view.warnings.push(`${reason} It went on, as the plan says.`);
}

function need(approval: ApprovalPlan, name: string, approved: string[]): Omit<NeedsYou, 'since'> {
  const { from, count, notInitiator } = approval;
  return {
    reason: `${sentence(approval)} before ${name}.`,
    onResume: 'nothing: approve or reject it',
    onAbort: 'goes back to the previous revision, as reject does',
    onSilence: silence(approval),
    gate: { name, from, count, notInitiator, approved: [...approved] },
  };
}

function sentence({ count, from }: ApprovalPlan): string {
  const whom = from.length > 0 ? `${plural(count, 'approval')} of ${from.join(', ')}` : plural(count, 'approval');
  return `${whom} ${count === 1 ? 'is' : 'are'} needed`;
}

function silence({ expiresMs, onExpiry }: ApprovalPlan): string {
  if (expiresMs === undefined || onExpiry === 'hold') return 'it waits, traffic as it is; the checks go on';
  const then = onExpiry === 'abort' ? 'goes back to the previous revision' : 'goes on';
  return `${then} after ${formatSpan(expiresMs)}`;
}

async function openHours(run: Run, moment: Moment, gates: GatesState): Promise<void> {
  const { windows = [], freezes = [] } = run.plan;
  if (windows.length === 0 && freezes.length === 0) return;
  const purpose: WindowPurpose = moment === 'start' ? 'start' : moment === 'promotion' ? 'promote' : 'forward';
  while (!gates.opened) {
    const asked = { windows, freezes, purpose, atMs: Date.now() };
    const answer = await controlActivities('look whether the hours allow it').askWindow(asked);
    if (answer.open) break;
    const until = answer.untilMs === undefined ? undefined : new Date(answer.untilMs).toISOString();
    run.view.closed = { reason: answer.reason, until };
    run.say(`Waiting until ${until ?? 'somebody opens it'}: ${answer.reason}.`);
    const wait =
      answer.untilMs === undefined ? undefined : timer(answer.untilMs - Date.now(), `it is ${answer.reason}`);
    try {
      await run.waitGuarded(() => gates.opened === true || wait?.over === true, { mayStartAfresh: true });
    } finally {
      wait?.cancel();
      run.view.closed = undefined;
    }
    await run.pausePoint();
  }
  run.view.closed = undefined;
}

/** A pause lasts until somebody resumes, or as long as the plan allows; the limit counts from when it began. */
export async function endOfPause(run: Run): Promise<void> {
  const { view, plan } = run;
  const { pause } = plan;
  const resumed = () => view.paused === undefined;
  if (!pause || !view.paused) return run.waitGuarded(resumed, { mayStartAfresh: true });
  const limit = timer(
    Date.parse(view.paused.since) + pause.limitMs - Date.now(),
    `a pause lasts ${formatSpan(pause.limitMs)} at most`,
  );
  try {
    await run.waitGuarded(() => resumed() || limit.over, { mayStartAfresh: true });
  } finally {
    limit.cancel();
  }
  if (resumed()) return;
  const reason = `The pause of ${view.paused.by} was longer than ${formatSpan(pause.limitMs)}.`;
  if (pause.onLimit === 'abort') run.goBack({ kind: 'aborted', reason });
  view.paused = undefined;
  view.state = 'running';
  view.warnings.push(`${reason} It went on, as the plan says.`);
}

/** A durable timer that can be given up. */
function timer(ms: number, summary: string): { over: boolean; cancel: () => void } {
  const scope = new CancellationScope();
  const one = { over: false, cancel: () => scope.cancel() };
  scope
    .run(() => sleep(Math.max(1, ms), { summary }))
    .then(
      () => {
        one.over = true;
      },
      (error) => {
        if (!isCancellation(error)) throw error;
      },
    );
  return one;
}
