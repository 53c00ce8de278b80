/** When an action makes no sense: looks at state only, so that it can answer before anything is recorded. */
import { type Action, type ActionVerb, OPEN_VERBS, VERBS } from '../contract/action.ts';
import { isFinished } from '../contract/view.ts';
import type { Run } from './run.ts';
import { returnsInSteps } from './steps/step-back.ts';

/** @returns why, and what would be right; undefined when it can be applied */
export function refusal(run: Run, action: Action): string | undefined {
  if (run.state.answers.some(({ id }) => id === action.id)) return undefined;
  if (!VERBS.includes(action.verb)) return `${action.verb} is not an action; use ${VERBS.join(', ')}`;
  return meantForAnother(run, action) ?? unproven(action) ?? refusedNow(run, action);
}

/** Compare and set: a stale button never reaches the next rollout, nor skips a second step. */
function meantForAnother({ view }: Run, { rollout, revision, step }: Action): string | undefined {
  if (rollout && rollout !== view.rollout)
    return `it was meant for ${rollout}, but ${view.rollout ?? 'a rollout that is still being detected'} runs`;
  if (revision && revision !== view.revision?.id)
    return `it was meant for revision ${revision}, but ${view.revision?.id ?? 'another one'} runs`;
  if (step && view.steps.find((line) => line.name === step)?.state !== 'running')
    return `it was meant for the step ${step}, which does not run any more`;
  return undefined;
}

function unproven({ verb, actor }: Action): string | undefined {
  if (actor.statement || OPEN_VERBS.includes(verb)) return undefined;
  return `${verb} needs a proof of who asks: set SLUICE_ACTOR_KEY to the key of the worker`;
}

function refusedNow(run: Run, action: Action): string | undefined {
  const { view } = run;
  switch (action.verb) {
    case 'pause':
      return over(run) ?? (view.paused ? `${view.paused.by} paused it at ${view.paused.since}` : tooLate(run));
    case 'resume':
      return (
        gateAlone(run) ?? (view.paused || view.needsYou ? undefined : 'it is neither paused nor waiting for anybody')
      );
    case 'retry':
      return (
        gateAlone(run) ?? (view.needsYou ? undefined : 'it does not wait for anybody, so there is nothing to try again')
      );
    case 'abort':
      return returnsInSteps(run) ? undefined : (over(run) ?? tooLate(run));
    case 'promote':
    case 'set-weight':
      return over(run) ?? notSteerable(run, action);
    case 'approve':
      return over(run) ?? (view.closed ? undefined : mayNotApprove(run, action));
    case 'reject':
      return over(run) ?? (run.state.gates?.waiting ? undefined : 'it does not wait for an approval');
  }
}

/** Resume lets a pause end that lies over an approval, but never answers the approval. */
function gateAlone({ view }: Run): string | undefined {
  return view.needsYou?.gate && !view.paused
    ? `it waits for an approval before ${view.needsYou.gate.name}: approve or reject it`
    : undefined;
}

function mayNotApprove({ view, state }: Run, { actor }: Action): string | undefined {
  const gate = view.needsYou?.gate;
  if (!gate)
    return state.gates?.waiting && view.needsYou
      ? `something else needs an answer first: ${view.needsYou.reason}`
      : 'it does not wait for an approval';
  if (actor.name.startsWith('group:')) return `${actor.name} is the name of a group, not of a person`;
  const known = [actor.name, ...(actor.groups ?? []).map((group) => `group:${group}`)];
  if (gate.from.length > 0 && !gate.from.some((name) => known.includes(name)))
    return `${actor.name} may not approve ${gate.name}; it is for ${gate.from.join(', ')}`;
  if (gate.notInitiator && actor.name === view.startedBy.by)
    return `${actor.name} delivered this version, so somebody else has to approve it`;
  return gate.approved.includes(actor.name) ? `${actor.name} has approved it already` : undefined;
}

/** It has ended, or goes back already. */
function over({ view, goingBack }: Run): string | undefined {
  if (isFinished(view)) return `it has ended: ${view.outcome?.reason}`;
  if (!view.outcome) return undefined;
  if (!view.needsYou) return `it is going back already: ${view.outcome.reason}`;
  return goingBack && view.state !== 'needs-you' ? 'it is going back already' : undefined;
}

function tooLate(run: Run): string | undefined {
  if (run.line('switch-back').state === 'pending' || run.view.needsYou) return undefined;
  return 'the primary already takes live traffic with the new revision; deliver the previous one to go back';
}

/** Mirror and weights can be skipped or chosen only while they are what the rollout is at. */
function notSteerable(run: Run, { verb, weight }: Action): string | undefined {
  if (run.goBackRequest) return 'it is about to go back';
  if (run.line('upgrade-primary').state !== 'pending')
    return `${word(verb)} comes too late: the primary is being upgraded`;
  if (!run.isOver('load')) return `${word(verb)} comes too early: the canary is not tested yet`;
  if (run.view.needsYou?.gate)
    return `it waits for an approval before ${run.view.needsYou.gate.name}: approve or reject it`;
  if (run.state.promoted) return 'somebody has asked to promote it already';
  if (verb === 'promote') return undefined;
  if (!run.isOver('stop-mirror')) return 'no user is on the canary yet: wait for the end of the mirror, or promote';
  if (weight === undefined || !Number.isInteger(weight) || weight < 1 || weight > 100)
    return `${weight ?? 'no weight'} is not allowed: write a whole number from 1 to 100`;
  return run.view.route.canary === weight ? `the canary has ${weight} % already` : undefined;
}

function word(verb: ActionVerb): string {
  return verb === 'promote' ? 'promoting' : 'a weight';
}
