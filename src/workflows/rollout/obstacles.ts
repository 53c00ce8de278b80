/** What stands in the way to rest is told to people, each obstacle as a question of its own; none of them stops the trying. */
import type { Question } from '../../contract/question.ts';
import { formatSpan, sentenceCase } from '../../contract/words.ts';
import { ask, close } from './questions.ts';
import type { Run } from './run.ts';
import type { Refused, WayBack } from './state.ts';
import type { Step } from './step.ts';

/** What is over sooner is nobody's business, ms. */
const TOLD_AFTER_MS = 25_000;

type Obstacle = Pick<Question, 'kind' | 'object' | 'reason' | 'answers'> & { tellAt: number };

/** Opens and closes questions so that they say what is in the way now. */
export function showObstacles(run: Run, step: Step): void {
  noteLack(run, step);
  const obstacles = obstaclesOf(run);
  const due = obstacles.filter(({ tellAt }) => tellAt <= Date.now());
  for (const question of run.view.questions.filter(isObstacle)) {
    if (!due.some(({ kind, object }) => kind === question.kind && object === question.object)) close(run, question);
  }
  for (const { tellAt: _, ...obstacle } of due)
    ask(run, { ...obstacle, onAbort: onAbort(run), onSilence: 'it is tried again and again' });
  const [first] = obstacles;
  if (first) run.say(`${step.sentence} ${first.reason}`);
}

export function closeObstacles(run: Run): void {
  for (const question of run.view.questions.filter(isObstacle)) close(run, question);
}

/** Time until the next obstacle is told, ms; infinite when there is none. */
export function untilToldMs(run: Run): number {
  const later = obstaclesOf(run).map(({ tellAt }) => tellAt - Date.now());
  return Math.min(Number.POSITIVE_INFINITY, ...later.filter((ms) => ms > 0));
}

function isObstacle({ kind }: Question): boolean {
  return kind === 'refused' || kind === 'primary' || kind === 'routed';
}

function noteLack(run: Run, { lacks }: Step): void {
  const back = run.state.back as WayBack;
  const since = back.lacks?.object === lacks?.object ? back.lacks?.since : undefined;
  back.lacks = lacks && { ...lacks, since: since ?? Date.now() };
}

function obstaclesOf(run: Run): Obstacle[] {
  const { refused, lacks, leave } = run.state.back as WayBack;
  const all = refused.map((one) => refusedObstacle(one, leave));
  if (!lacks) return all;
  if (lacks.object === 'canary') return [...all, routedObstacle(lacks.reason)];
  return [...all, lackOf(lacks, lacks.since + run.plan.scale.readyTimeoutMs)];
}

/** @param leave users are only taken back: nothing is left behind by that */
function refusedObstacle({ due, reason, since }: Refused, leave = false): Obstacle {
  return {
    kind: 'refused',
    object: due.object,
    reason: `${sentenceCase(reason)}.`,
    answers: {
      retry: 'tries it at once',
      ...(!leave && { 'leave-it': 'leaves it as it is and goes on with the rest' }),
    },
    tellAt: since + TOLD_AFTER_MS,
  };
}

function lackOf({ object, reason, since }: NonNullable<WayBack['lacks']>, tellAt: number): Obstacle {
  return {
    kind: object === 'route' ? 'refused' : 'primary',
    object,
    reason: `${sentenceCase(reason)}, for ${formatSpan(tellAt - since)}.`,
    answers: {
      retry: 'looks again',
      ...(object === 'primary' && { 'return-now': 'users go to whatever primary pods are ready' }),
      'leave-it': 'leaves it as it is and goes on with the rest',
    },
    tellAt,
  };
}

function routedObstacle(reason: string): Obstacle {
  return {
    kind: 'routed',
    object: 'canary',
    reason: `${sentenceCase(reason)}.`,
    answers: {
      retry: 'looks again',
      'scale-down': 'scales the canary to zero all the same',
      'leave-it': 'the canary keeps running, and the rollout ends',
    },
    tellAt: 0,
  };
}

function onAbort({ state, plan }: Run): string {
  if (state.back?.goal === 'new') return 'goes back to the previous revision';
  return plan.shift.back
    ? 'leaves out the steps that are left of a gradual return'
    : 'nothing: it is going back already';
}
