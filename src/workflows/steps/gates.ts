/** What must be so before a step goes forward: hours that the plan allows, and people who agree. Going back never asks. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { ApprovalPlan, WindowPurpose } from '../../rollout/plan.ts';
import { formatSpan, plural } from '../../rollout/words.ts';
import { controlActivities } from '../activities.ts';
import type { Run } from '../run.ts';

/** `start`: nothing is scaled yet; a number: the weight that comes. */
export type Moment = 'start' | 'mirror' | 'promotion' | number;

/** Waits until the plan's hours and its people let the rollout go on; the checks go on meanwhile. */
export async function passGates(run: Run, moment: Moment): Promise<void> {
  let opened = await openHours(run, moment);
  // People take their time: hours that were open when they were asked may be over when they agree.
  while (await askPeople(run, moment)) {
    if (!opened) opened = await openHours(run, moment);
  }
}

/** @returns whether anybody had to be asked */
async function askPeople(run: Run, moment: Moment): Promise<boolean> {
  let asked = false;
  for (const approval of run.plan.approvals ?? []) {
    const name = gateName(approval);
    if (!isDue(approval, moment) || run.state.gates?.passed.includes(name)) continue;
    await approve(run, approval, name);
    run.state.gates?.passed.push(name);
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

async function approve(run: Run, approval: ApprovalPlan, name: string): Promise<void> {
  const { count, from, notInitiator, expiresMs } = approval;
  run.state.gates ??= { passed: [], approved: [] };
  run.state.gates.approved = [];
  const { approved } = run.state.gates;
  const need = {
    reason: `${sentence(approval)} before ${name}.`,
    onResume: `nothing: approve or reject it`,
    onAbort: 'goes back to the previous revision, as reject does',
    onSilence: silence(approval),
    gate: { name, from, count, notInitiator, approved },
  };
  const expiry = expiresMs === undefined ? undefined : timer(expiresMs, `an approval of ${name} expires`);
  const settled = () => approved.length >= count || (expiry?.over === true && approval.onExpiry !== 'hold');
  try {
    // The guard may need somebody too: its hold ends this one, but answers nothing.
    while (!settled()) await run.hold(need, settled);
  } finally {
    expiry?.cancel();
  }
  if (approved.length >= count) return;
  const reason = `Nobody approved ${name} within ${formatSpan(expiresMs ?? 0)}.`;
  if (approval.onExpiry === 'abort') run.goBack({ kind: 'aborted', reason });
  run.view.warnings.push(`${reason} It went on, as the plan says.`);
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

/** @returns whether a person let it go on outside the hours */
async function openHours(run: Run, moment: Moment): Promise<boolean> {
  const { windows = [], freezes = [] } = run.plan;
  if (windows.length === 0 && freezes.length === 0) return false;
  const purpose: WindowPurpose = moment === 'start' ? 'start' : moment === 'promotion' ? 'promote' : 'forward';
  for (;;) {
    const asked = { windows, freezes, purpose, atMs: Date.now() };
    const answer = await controlActivities('look whether the hours allow it').askWindow(asked);
    if (answer.open) return false;
    const until = answer.untilMs === undefined ? undefined : new Date(answer.untilMs).toISOString();
    run.view.closed = { reason: answer.reason, until };
    run.say(`Waiting until ${until ?? 'somebody opens it'}: ${answer.reason}.`);
    const wait =
      answer.untilMs === undefined ? undefined : timer(answer.untilMs - Date.now(), `it is ${answer.reason}`);
    let opened = false;
    try {
      await run.waitGuarded(() => run.view.closed === undefined || wait?.over === true);
      opened = run.view.closed === undefined;
    } finally {
      wait?.cancel();
      run.view.closed = undefined;
    }
    await run.pausePoint();
    if (opened) return true;
  }
}

/** A pause lasts until somebody resumes, or as long as the plan allows; the limit counts from when it began. */
export async function endOfPause(run: Run): Promise<void> {
  const { view, plan } = run;
  const { pause } = plan;
  const resumed = () => view.paused === undefined;
  if (!pause || !view.paused) return run.waitGuarded(resumed);
  const limit = timer(
    Date.parse(view.paused.since) + pause.limitMs - Date.now(),
    `a pause lasts ${formatSpan(pause.limitMs)} at most`,
  );
  try {
    await run.waitGuarded(() => resumed() || limit.over);
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
