/** What people ask of a running rollout: checked against its state, recorded, applied. Abort wins over everything. */
import { condition } from '@temporalio/workflow';
import { type Action, type ActionAnswer, type ActionRecord, OPEN_VERBS } from '../../contract/action.ts';
import type { WriteObject } from '../../contract/fence.ts';
import type { Answer } from '../../contract/question.ts';
import { plural, sentenceCase } from '../../contract/words.ts';
import { GoBack } from './errors.ts';
import { needsProof, saidOf, shown, verify } from './proof.ts';
import { answerable, close } from './questions.ts';
import { setQueue } from './queue.ts';
import { meant, openGate, refusal } from './refusals.ts';
import type { Run } from './run.ts';

const KEPT_ANSWERS = 100;
/** For longer than a statement may be handed in again, so that it has its effect once, ms. */
const KEPT_MS = 10 * 60_000;

/** Pause and abort take effect at once, where the installation does not say otherwise; everything else is verified first. */
export async function applyAction(run: Run, action: Action): Promise<ActionAnswer> {
  for (;;) {
    const before = answered(run, action);
    if (before) return before;
    if (!isBeingVerified(run, action)) break;
    // the same action twice at once has its effect once
    await condition(() => answered(run, action) !== undefined || !isBeingVerified(run, action));
  }
  const { id, verb, reason } = action;
  const by = shown(action.actor, '(unverified)');
  const record: ActionRecord = { id, verb, by, reason, at: run.now(), verified: 'pending' };
  run.view.actions.push(record);
  if (OPEN_VERBS.includes(verb) && !(await needsProof())) {
    const answer = remember(run, action, outdated(run, action, record) ?? effect(run, action, record));
    if (answer.accepted) await verify(run, action, record);
    return answer;
  }
  const proof = await verify(run, action, record);
  if ('refused' in proof) return { accepted: false, message: `${sentenceCase(verb)} is refused: ${proof.refused}.` };
  const proven: Action = { ...action, actor: { ...action.actor, ...proof.person } };
  return remember(run, action, outdated(run, proven, record) ?? effect(run, proven, record));
}

/** What others did meanwhile; the second of two people is told, and is not on record: only who was not proven stays there. */
function outdated(run: Run, action: Action, record: ActionRecord): ActionAnswer | undefined {
  const reason = refusal(run, action);
  if (!reason) return undefined;
  run.view.actions.splice(run.view.actions.indexOf(record), 1);
  return { accepted: false, message: `${sentenceCase(reason)}.` };
}

function effect(run: Run, action: Action, record: ActionRecord): ActionAnswer {
  switch (action.verb) {
    case 'pause':
      return pause(run, record);
    case 'resume':
      return resume(run);
    case 'retry':
      return answer(run, action, 'retry', record);
    case 'answer':
      return answer(run, action, action.answer ?? 'retry', record);
    case 'acknowledge':
      return acknowledge(run, action, record);
    case 'abort':
      return abort(run, record);
    case 'promote':
      return promote(run, record);
    case 'set-weight':
      return setWeight(run, action, record);
    case 'approve':
      return approve(run, action, record);
    case 'reject':
      return reject(run, record);
  }
}

function pause(run: Run, record: ActionRecord): ActionAnswer {
  run.view.paused = { by: record.by, reason: record.reason, since: record.at };
  run.say(saidOf(record));
  run.showState();
  return {
    accepted: true,
    message: 'Paused: nothing advances. Checks go on and can still abort; what a step has begun is finished.',
  };
}

/** A pause ends; questions are answered by name. */
function resume(run: Run): ActionAnswer {
  run.view.paused = undefined;
  run.showState();
  return { accepted: true, message: 'Resumed.' };
}

function answer(run: Run, action: Action, given: Answer, { by }: ActionRecord): ActionAnswer {
  const question = meant(run, action, given);
  if (!question) return { accepted: false, message: 'That question is not open any more.' };
  const { kind, object, answers } = question;
  const { back } = run.state;
  if (given === 'leave-it') back?.left.push(object as WriteObject);
  if (given === 'return-now' && back) back.anySize = true;
  if (given === 'scale-down' && back) back.away = 'notObserved';
  if (given === 'drop') setQueue(run.state, []);
  if (kind === 'refused' && back) back.refused = back.refused.filter(({ due }) => due.object !== object);
  if (given !== 'retry') run.view.warnings.push(`${sentenceCase(by)} answered ${given}: ${question.reason}`);
  if (given === 'overwrite') run.state.accepted = run.state.shown;
  close(run, question, `${by} answered ${given}`);
  run.decisions += 1;
  return { accepted: true, message: `${sentenceCase(answers[given] ?? 'it goes on')}.` };
}

function acknowledge(run: Run, action: Action, { by, at }: ActionRecord): ActionAnswer {
  const question = run.view.questions.find(({ id }) => id === action.question);
  if (!question) return { accepted: false, message: 'That question is not open any more.' };
  question.acknowledged = { by, at };
  run.news.tell();
  return { accepted: true, message: 'It is not told again; it stays open.' };
}

function approve(run: Run, { actor }: Action, record: ActionRecord): ActionAnswer {
  const { view } = run;
  const { gates } = run.state;
  if (view.closed && gates) {
    view.closed = undefined;
    gates.opened = true;
    run.view.warnings.push(`${sentenceCase(record.by)} let it go on outside its hours.`);
    return { accepted: true, message: 'It goes on now, outside its hours.' };
  }
  const gate = openGate(run)?.gate;
  if (!gate || !gates?.waiting) return { accepted: false, message: 'It does not wait for an approval.' };
  gates.waiting.approved.push(actor.name);
  gate.approved = [...gates.waiting.approved];
  const missing = gate.count - gate.approved.length;
  if (missing > 0) return { accepted: true, message: `Approved; ${plural(missing, 'more approval')} needed.` };
  return { accepted: true, message: `Approved: it goes on to ${gate.name}.` };
}

function reject(run: Run, record: ActionRecord): ActionAnswer {
  return leave(run, saidOf(record));
}

/** What is asked for is the answer to whatever was asked, and ends a pause. */
function goOn(run: Run, how: string): void {
  run.view.paused = undefined;
  for (const question of answerable(run, 'retry')) close(run, question, how);
  run.showState();
}

function promote(run: Run, record: ActionRecord): ActionAnswer {
  run.state.promoted = true;
  run.state.askedWeight = undefined;
  goOn(run, `${record.by} asked to promote`);
  run.say(`${sentenceCase(record.by)} skips what is left of mirror and weights.`);
  return {
    accepted: true,
    message:
      'Promoting: the canary is made ready for all users and gets them; then the primary is upgraded. Checks go on and can still abort.',
  };
}

function setWeight(run: Run, { weight = 0 }: Action, record: ActionRecord): ActionAnswer {
  run.state.askedWeight = weight;
  goOn(run, `${record.by} asked for ${weight} %`);
  run.say(`${sentenceCase(record.by)} asked for ${weight} % of the users on the canary.`);
  const next = run.plan.shift.weights.find((planned) => planned > weight);
  const after =
    next === undefined ? 'after its interval the primary is upgraded' : `after its interval comes ${next} %`;
  return { accepted: true, message: `Going to ${weight} %, as soon as the canary is ready for it; ${after}.` };
}

function abort(run: Run, record: ActionRecord): ActionAnswer {
  const { back } = run.state;
  const held = run.view.questions.find(({ kind }) => kind === 'queue');
  if (held) {
    setQueue(run.state, []);
    close(run, held, `${record.by} dropped it`);
    return { accepted: true, message: 'Dropped: what waited does not start.' };
  }
  if (run.goingBack && back) {
    back.hurry = true;
    run.decisions += 1;
    return { accepted: true, message: 'Going back at once: the steps that are left of the way back are left out.' };
  }
  return leave(run, saidOf(record));
}

function leave(run: Run, reason: string): ActionAnswer {
  run.goBackRequest = new GoBack({ kind: 'aborted', reason });
  run.showState();
  run.say(reason);
  const then = 'then connections drain and the canary is scaled to zero.';
  return { accepted: true, message: `Going back: ${wayBack(run)}; ${then}` };
}

function wayBack(run: Run): string {
  const { back } = run.plan.shift;
  const steps = (back?.weights ?? []).filter((weight) => weight < run.view.route.canary && !run.state.canaryFails);
  if (steps.length === 0) return 'all live traffic to the primary at once';
  return `in the plan's steps, ${[...steps, 0].join(', ')} % on the canary (abort again to do it at once)`;
}

function isBeingVerified({ view }: Run, { id }: Action): boolean {
  return view.actions.some((record) => record.id === id && record.verified === 'pending');
}

function answered(run: Run, action: Action): ActionAnswer | undefined {
  return run.state.answers.find(({ id }) => id === action.id)?.answer;
}

function remember(run: Run, { id }: Action, answer: ActionAnswer): ActionAnswer {
  const { answers } = run.state;
  const atMs = Date.now();
  answers.push({ id, answer, atMs });
  while (answers.length > KEPT_ANSWERS && atMs - (answers[0]?.atMs ?? 0) > KEPT_MS) answers.shift();
  return answer;
}
