/** When an action makes no sense: looks at state only, so that it can answer before anything is recorded. */
import { type Action, type ActionVerb, OPEN_VERBS } from '../../contract/action.ts';
import { ANSWERS, type Answer, type Question } from '../../contract/question.ts';
import { isFar, reachedAt } from '../../contract/shares.ts';
import { isFinished } from '../../contract/view.ts';
import { plural } from '../../contract/words.ts';
import type { Run } from './run.ts';

/** @returns why, and what would be right; undefined when it can be applied */
export function refusal(run: Run, action: Action): string | undefined {
  if (run.state.answers.some(({ id }) => id === action.id)) return undefined;
  return meantForAnother(run, action) ?? unproven(action) ?? refusedNow(run, action);
}

/** Compare and set: a stale button never reaches the next rollout, nor skips a second step. */
function meantForAnother({ view }: Run, { rollout, revision, step }: Action): string | undefined {
  if (rollout && rollout !== view.rollout && rollout !== view.startedBy.delivery)
    return `it was meant for ${rollout}, but ${view.rollout ?? 'a rollout that is still being detected'} runs`;
  if (revision && revision !== view.revision?.id)
    return `it was meant for revision ${revision}, but ${view.revision?.id ?? 'another one'} runs`;
  if (step && view.steps.find((line) => line.name === step)?.state !== 'running')
    return `it was meant for the step ${step}, which does not run any more`;
  return undefined;
}

function unproven({ verb, actor }: Action): string | undefined {
  if (actor.statement || OPEN_VERBS.includes(verb)) return undefined;
  return `${verb} needs a proof of who asks: send it to a server, which vouches for you`;
}

function refusedNow(run: Run, action: Action): string | undefined {
  const { view } = run;
  switch (action.verb) {
    case 'pause':
      return over(run) ?? (view.paused ? `${view.paused.by} paused it at ${view.paused.since}` : tooLate(run));
    case 'resume':
      return view.paused ? undefined : notPaused(run);
    case 'retry':
      return unanswerable(run, action, 'retry');
    case 'answer':
      return unanswerable(run, action, action.answer);
    case 'acknowledge':
      return view.questions.some(({ id }) => id === action.question) ? undefined : notOpen(run, action);
    case 'abort':
      return mayHurry(run) ? undefined : (over(run) ?? tooLate(run));
    case 'promote':
    case 'set-weight':
      return over(run) ?? notSteerable(run, action);
    case 'approve':
      return over(run) ?? notTheGate(run, action) ?? (view.closed ? undefined : mayNotApprove(run, action));
    case 'reject':
      return (
        over(run) ??
        notTheGate(run, action) ??
        (run.state.gates?.waiting ? undefined : 'it does not wait for an approval')
      );
  }
}

function notPaused({ view }: Run): string {
  const [question] = view.questions;
  if (!question) return 'it is not paused';
  return `it is not paused; it asks: ${question.reason} (${howToAnswer(question)})`;
}

/** The question that an answer is for. */
export function meant({ view }: Run, { question: id }: Action, given: Answer): Question | undefined {
  const fitting = view.questions.filter(({ answers }) => answers[given] !== undefined);
  if (id !== undefined) return fitting.find((question) => question.id === id);
  return fitting.length === 1 ? fitting[0] : undefined;
}

function unanswerable(run: Run, action: Action, given: Answer | undefined): string | undefined {
  const { questions } = run.view;
  if (given === undefined) return `say which answer: ${ANSWERS.join(', ')}`;
  if (meant(run, action, given)) return undefined;
  if (action.question !== undefined) return notOpen(run, action, given);
  const fitting = questions.filter(({ answers }) => answers[given] !== undefined);
  if (fitting.length > 1) return `several questions are open: name one of ${fitting.map(({ id }) => id).join(', ')}`;
  const [question] = questions;
  return question ? `it asks something else: ${howToAnswer(question)}` : 'it does not wait for anybody';
}

function notOpen({ view }: Run, { question: id }: Action, given?: Answer): string {
  const question = view.questions.find((one) => one.id === id);
  if (question && given) return `${given} does not answer ${question.id}: ${howToAnswer(question)}`;
  return `the question ${id ?? 'without an id'} is not open any more`;
}

function howToAnswer({ id, gate, answers }: Question): string {
  if (gate) return 'approve or reject it';
  const given = Object.keys(answers).join(' or ');
  return given ? `answer ${id} with ${given}` : 'no answer is needed, it ends by itself';
}

/** The approval that is waited for. */
export function openGate({ view }: Run): Question | undefined {
  return view.questions.find(({ gate }) => gate !== undefined);
}

/** On a way back in steps, or with an offer behind it that can be dropped. */
function mayHurry({ state, view, plan, goingBack }: Run): boolean {
  if (view.questions.some(({ kind }) => kind === 'queue')) return true;
  const { back } = state;
  return (
    goingBack &&
    plan.shift.back !== undefined &&
    back?.decision?.kind !== 'failed' &&
    !back?.hurry &&
    view.route.canary > 0
  );
}

/** A button of one approval is none of the next. */
function notTheGate(run: Run, action: Action): string | undefined {
  const { question } = action;
  return question !== undefined && openGate(run)?.id !== question ? notOpen(run, action) : undefined;
}

function mayNotApprove(run: Run, { actor }: Action): string | undefined {
  const gate = openGate(run)?.gate;
  if (!gate) return 'it does not wait for an approval';
  if (actor.name.startsWith('group:')) return `${actor.name} is the name of a group, not of a person`;
  const known = [actor.name, ...(actor.groups ?? []).map((group) => `group:${group}`)];
  if (gate.from.length > 0 && !gate.from.some((name) => known.includes(name)))
    return `${actor.name} may not approve ${gate.name}; it is for ${gate.from.join(', ')}`;
  if (gate.notInitiator && actor.name === run.offer.event.by)
    return `${actor.name} delivered this version, so somebody else has to approve it`;
  return gate.approved.includes(actor.name) ? `${actor.name} has approved it already` : undefined;
}

/** It has ended, or goes back already. */
function over({ view, goingBack }: Run): string | undefined {
  if (isFinished(view)) return `it has ended: ${view.outcome?.reason}`;
  return goingBack ? `it is going back already: ${view.outcome?.reason}` : undefined;
}

function tooLate(run: Run): string | undefined {
  if (run.line('switch-back').state !== 'done') return undefined;
  return 'the primary already takes live traffic with the new revision; deliver the previous one to go back';
}

/** Mirror and weights can be skipped or chosen only while they are what the rollout is at. */
function notSteerable(run: Run, { verb, weight }: Action): string | undefined {
  if (run.goBackRequest) return 'it is about to go back';
  if (run.line('upgrade-primary').state !== 'pending')
    return `${word(verb)} comes too late: the primary is being upgraded`;
  if (!run.isOver('load')) return `${word(verb)} comes too early: the canary is not tested yet`;
  const gate = openGate(run)?.gate;
  if (gate) return `it waits for an approval before ${gate.name}: approve or reject it`;
  if (run.state.promoted) return 'somebody has asked to promote it already';
  if (verb === 'promote') return undefined;
  if (!run.isOver('stop-mirror')) return 'no user is on the canary yet: wait for the end of the mirror, or promote';
  if (weight === undefined || !Number.isInteger(weight) || weight < 1 || weight > 100)
    return `${weight ?? 'no weight'} is not allowed: write a whole number from 1 to 100`;
  return run.view.route.canary === weight ? `the canary has ${weight} % already` : notShared(run, weight);
}

/** Where users are not split by percent. */
function notShared({ plan, detected, state }: Run, weight: number): string | undefined {
  const { mode } = plan.traffic;
  if (mode === undefined || weight === 100) return undefined;
  if (mode === 'switch') return `all users are switched at once, so ${weight} % cannot be had: write 100, or promote`;
  const primary = detected.primaryReplicas;
  const reached = reachedAt(weight, primary, state.canaryReplicas);
  if (!isFar(reached)) return undefined;
  return `${weight} % cannot be had beside ${plural(primary, 'primary pod')}: the next share is ${Math.round(reached.share)} %, with ${plural(reached.pods, 'canary pod')}, which never get fewer`;
}

function word(verb: ActionVerb): string {
  return verb === 'promote' ? 'promoting' : 'a weight';
}
