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
  await openHours(run, moment);
  for (const approval of run.plan.approvals ?? []) {
    const name = gateName(approval);
    if (!isDue(approval, moment) || run.state.gates?.passed.includes(name)) continue;
    await approve(run, approval, name);
    run.state.gates?.passed.push(name);
  }
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
  const expiry = expiresMs === undefined ? undefined : timer(expiresMs, `an approval of ${name} expires`);
  await run.hold(
    {
      reason: `${sentence(approval)} before ${name}.`,
      onResume: `nothing: approve or reject it`,
      onAbort: 'goes back to the previous revision, as reject does',
      onSilence: silence(approval),
      gate: { name, from, count, notInitiator, approved: run.state.gates.approved },
    },
    () => expiry?.over === true && approval.onExpiry !== 'hold',
  );
  expiry?.cancel();
  if (run.state.gates.approved.length >= count) return;
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

async function openHours(run: Run, moment: Moment): Promise<void> {
  const { windows = [], freezes = [] } = run.plan;
  if (windows.length === 0 && freezes.length === 0) return;
  const purpose: WindowPurpose = moment === 'start' ? 'start' : moment === 'promotion' ? 'promote' : 'forward';
  for (;;) {
    const answer = await controlActivities('look whether the hours allow it').askWindow({ windows, freezes, purpose });
    if (answer.open) return;
    const until = answer.untilMs === undefined ? undefined : new Date(answer.untilMs).toISOString();
    run.view.closed = { reason: answer.reason, until };
    run.say(`Waiting until ${until ?? 'somebody opens it'}: ${answer.reason}.`);
    const wait =
      answer.untilMs === undefined ? undefined : timer(answer.untilMs - Date.now(), `it is ${answer.reason}`);
    try {
      await run.waitGuarded(() => run.view.closed === undefined || wait?.over === true);
    } finally {
      wait?.cancel();
    }
    const opened = run.view.closed === undefined;
    run.view.closed = undefined;
    if (opened) return;
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
