/** What people ask of a running rollout: checked against its state, recorded, applied. Abort wins over everything. */
import type { Action, ActionAnswer, ActionRecord } from '../rollout/action.ts';
import { isFinished } from '../rollout/view.ts';
import { controlActivities } from './activities.ts';
import { GoBack } from './errors.ts';
import type { Run } from './run.ts';
import { publishState } from './search-attributes.ts';

const KEPT_ANSWERS = 100;

/** @returns why the action makes no sense now, or undefined; looks at state only */
export function refusal(run: Run, action: Action): string | undefined {
  const { view } = run;
  if (answered(run, action)) return undefined;
  if (!['pause', 'resume', 'abort'].includes(action.verb))
    return `${action.verb} is not an action; use pause, resume or abort`;
  if (action.rollout && action.rollout !== view.rollout) {
    return `it was meant for ${action.rollout}, but ${view.rollout ?? 'a rollout that is still being detected'} runs`;
  }
  if (action.revision && action.revision !== view.revision?.id) {
    return `it was meant for revision ${action.revision}, but ${view.revision?.id ?? 'another one'} runs`;
  }
  if (action.step && run.view.steps.find((line) => line.name === action.step)?.state !== 'running') {
    return `it was meant for the step ${action.step}, which does not run any more`;
  }
  return refusedNow(run, action.verb);
}

function refusedNow(run: Run, verb: Action['verb']): string | undefined {
  const { view } = run;
  const waiting = view.needsYou !== undefined;
  if (verb === 'resume') return view.paused || waiting ? undefined : 'it is neither paused nor waiting for anybody';
  if (isFinished(view) || (view.outcome && !waiting)) {
    return isFinished(view)
      ? `it has ended: ${view.outcome?.reason}`
      : `it is going back already: ${view.outcome?.reason}`;
  }
  if (verb === 'pause') return view.paused ? `${view.paused.by} paused it at ${view.paused.since}` : undefined;
  if (view.outcome && run.goingBack && view.state !== 'needs-you') return 'it is going back already';
  const line = run.line('switch-back');
  return line.state === 'pending' || waiting
    ? undefined
    : 'the primary already takes live traffic with the new revision; deliver the previous one to go back';
}

/** Pause and abort take effect at once and are verified afterwards; resume is verified first. */
export async function applyAction(run: Run, action: Action): Promise<ActionAnswer> {
  const before = answered(run, action);
  if (before) return before;
  const record: ActionRecord = {
    id: action.id,
    verb: action.verb,
    by: by(action),
    reason: action.reason,
    at: run.now(),
    verified: 'pending',
  };
  run.view.actions.push(record);
  if (action.verb === 'resume') {
    await verify(action, record);
    return remember(run, action, effect(run, action, record));
  }
  const answer = remember(run, action, effect(run, action, record));
  await verify(action, record);
  return answer;
}

function effect(run: Run, action: Action, record: ActionRecord): ActionAnswer {
  switch (action.verb) {
    case 'pause':
      return pause(run, record);
    case 'resume':
      return resume(run);
    case 'abort':
      return abort(run, record);
    default:
      return { accepted: false, message: `${action.verb} is not possible.` };
  }
}

function pause(run: Run, record: ActionRecord): ActionAnswer {
  run.view.paused = { by: record.by, reason: record.reason, since: record.at };
  if (run.view.state === 'running') run.view.state = 'paused';
  run.say(`Paused by ${record.by}${record.reason ? `: ${record.reason}` : ''}.`);
  publishState(run.view);
  return {
    accepted: true,
    message: 'Paused: nothing advances. Checks go on and can still abort; what a step has begun is finished.',
  };
}

function resume(run: Run): ActionAnswer {
  const { view } = run;
  if (!view.paused && !view.needsYou)
    return { accepted: false, message: 'It is neither paused nor waiting for anybody.' };
  view.paused = undefined;
  view.needsYou = undefined;
  if (view.state === 'paused') view.state = 'running';
  publishState(view);
  return { accepted: true, message: 'Resumed.' };
}

function abort(run: Run, record: ActionRecord): ActionAnswer {
  const { view } = run;
  if (run.goingBack || view.outcome) {
    if (view.outcome?.kind === 'aborted' && view.needsYou) run.state.next = undefined;
    view.needsYou = undefined;
    return { accepted: true, message: 'It goes on going back.' };
  }
  const reason = `Aborted by ${record.by}${record.reason ? `: ${record.reason}` : ''}.`;
  run.goBackRequest = new GoBack({ kind: 'aborted', reason });
  view.state = 'going-back';
  run.say(reason);
  return {
    accepted: true,
    message:
      'Going back: all live traffic to the primary at once; then connections drain and the canary is scaled to zero.',
  };
}

async function verify(action: Action, record: ActionRecord): Promise<void> {
  if (!action.actor.statement) {
    record.verified = 'unverified';
    return;
  }
  const known = await controlActivities(`verify that ${record.by} asked to ${action.verb}`)
    .verifyActor(action)
    .catch(() => false);
  record.verified = known ? 'verified' : 'unverified';
  if (!known) record.by = `${record.by} (unverified)`;
}

function by({ actor }: Action): string {
  const name = [actor.name, actor.channel].filter(Boolean).join(' · ');
  return actor.statement ? name : `${name} (unverified)`;
}

function answered(run: Run, action: Action): ActionAnswer | undefined {
  return run.state.answers.find(({ id }) => id === action.id)?.answer;
}

function remember(run: Run, action: Action, answer: ActionAnswer): ActionAnswer {
  run.state.answers.push({ id: action.id, answer });
  if (run.state.answers.length > KEPT_ANSWERS) run.state.answers.shift();
  return answer;
}
