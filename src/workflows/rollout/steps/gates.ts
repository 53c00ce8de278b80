/** What must be so before a step goes forward: hours that the plan allows, and people who agree. Going back never asks. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { ApprovalPlan, WindowPurpose } from '../../../contract/plan.ts';
import { formatSpan, plural } from '../../../contract/words.ts';
import { controlActivities } from '../../activities.ts';
import { type Decision, GoBack } from '../errors.ts';
import type { NewQuestion } from '../questions.ts';
import type { Run } from '../run.ts';
import type { GatesState } from '../state.ts';

/** `start`: nothing is scaled yet; a number: the weight that comes. */
export type Moment = 'start' | 'mirror' | 'match' | 'promotion' | number;

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
  return {
    mirror: 'the mirror',
    match: 'the first users who match',
    traffic: 'the first users',
    promotion: 'the promotion',
  }[before];
}

async function approve(run: Run, approval: ApprovalPlan, name: string, gates: GatesState): Promise<void> {
  const { count, expiresMs } = approval;
  const earlier = gates.waiting?.name === name ? gates.waiting : undefined;
  const waiting = earlier ?? { name, since: run.now(), approved: [] };
  gates.waiting = waiting;
  const late = aborted(`Nobody approved ${name} within ${formatSpan(expiresMs ?? 0)}.`);
  const expiry =
    expiresMs === undefined
      ? undefined
      : deadline(waiting.since, expiresMs, `an approval of ${name} expires`, () => {
          if (approval.onExpiry === 'abort') abortUnderQuestion(run, late);
        });
  const over = () => waiting.approved.length >= count || (expiry?.over === true && approval.onExpiry !== 'hold');
  try {
    // The guard may need somebody too: its hold ends this one, but answers nothing.
    while (!over()) await run.hold(need(approval, name, waiting.approved), { over, mayStartAfresh: true });
  } finally {
    expiry?.cancel();
  }
  if (waiting.approved.length >= count) return;
  if (approval.onExpiry === 'abort') run.goBack(late);
  run.view.warnings.push(`${late.reason} It went on, as the plan says.`);
}

function need(approval: ApprovalPlan, name: string, approved: string[]): NewQuestion {
  const { from, count, notInitiator } = approval;
  return {
    kind: 'approval',
    object: name,
    reason: `${sentence(approval)} before ${name}.`,
    answers: {},
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
    const summary = 'look whether the hours allow it';
    const answer = await run.insist(summary, () => controlActivities(summary).askWindow(asked));
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
  const span = formatSpan(pause.limitMs);
  const late = aborted(`The pause of ${view.paused.by} was longer than ${span}.`);
  const limit = deadline(view.paused.since, pause.limitMs, `a pause lasts ${span} at most`, () => {
    if (pause.onLimit === 'abort') abortUnderQuestion(run, late);
  });
  try {
    await run.waitGuarded(() => resumed() || limit.over, { mayStartAfresh: true });
  } finally {
    limit.cancel();
  }
  if (resumed()) return;
  if (pause.onLimit === 'abort') run.goBack(late);
  view.paused = undefined;
  run.showState();
  view.warnings.push(`${late.reason} It went on, as the plan says.`);
}

function aborted(reason: string): Decision {
  return { kind: 'aborted', reason };
}

/** The guard asks a person something else meanwhile: no reason to wait longer than the plan allows. */
function abortUnderQuestion(run: Run, decision: Decision): void {
  if (run.view.questions.some(({ gate }) => !gate)) run.goBackRequest ??= new GoBack(decision);
}

/** @param since ISO 8601, possibly in an earlier run */
function deadline(since: string, spanMs: number, summary: string, atEnd: () => void): Timer {
  return timer(Date.parse(since) + spanMs - Date.now(), summary, atEnd);
}

/** Durable, and can be given up. */
interface Timer {
  over: boolean;
  cancel: () => void;
}

function timer(ms: number, summary: string, atEnd: () => void = () => undefined): Timer {
  const scope = new CancellationScope();
  const one = { over: false, cancel: () => scope.cancel() };
  scope
    .run(() => sleep(Math.max(1, ms), { summary }))
    .then(
      () => {
        one.over = true;
        atEnd();
      },
      (error) => {
        if (!isCancellation(error)) throw error;
      },
    );
  return one;
}
