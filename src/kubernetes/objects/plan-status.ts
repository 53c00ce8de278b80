/** What the status of a RolloutPlan says of its newest rollout, so that kstatus, `kubectl wait` and people understand it. Pure. */
import type { StepName } from '../../contract/steps.ts';
import type { OutcomeKind, RolloutView } from '../../contract/view.ts';
import { stateWord } from '../../contract/words.ts';
import type { KubeObject } from '../client/client.ts';

interface PlanCondition {
  type: 'Ready' | 'Reconciling' | 'Stalled' | 'Promoted' | 'NeedsYou';
  status: 'True' | 'False' | 'Unknown';
  /** Generation of the plan that the rollout began with. */
  observedGeneration: number;
  /** ISO 8601, without fractions. */
  lastTransitionTime: string;
  reason: string;
  message: string;
}

export interface PlanStatus {
  conditions: PlanCondition[];
  state: string;
  rollout: string;
  sentence: string;
}

export interface PlanWithStatus extends KubeObject {
  status?: Partial<PlanStatus>;
}

export type ShownRollout = Pick<
  RolloutView,
  'state' | 'sentence' | 'outcome' | 'rollout' | 'plan' | 'startedBy' | 'steps' | 'questions'
>;

const LONGEST_SENTENCE = 4_096;

/** @param before what is there: a condition that stays keeps its time  @param now ISO 8601 */
export function planStatus(
  view: ShownRollout,
  generation: number,
  before: Partial<PlanStatus> = {},
  now = new Date().toISOString(),
): PlanStatus {
  const [question] = view.questions;
  const sentence = (question ? `Needs you: ${question.reason}` : view.sentence).slice(0, LONGEST_SENTENCE);
  const reason = reasonOf(view);
  const [reconciling, stalled, promoted] = [isUnderWay(view), isStalled(view), isPromoted(view)];
  const says: [PlanCondition['type'], boolean][] = [
    ['Ready', promoted],
    ['Reconciling', reconciling],
    ['Stalled', stalled],
    ['Promoted', promoted],
    ['NeedsYou', question !== undefined],
  ];
  const conditions = says.map(([type, is]): PlanCondition => {
    const status = is ? 'True' : 'False';
    const known = before.conditions?.find((one) => one.type === type);
    const since = known?.status === status ? known.lastTransitionTime : `${now.slice(0, 19)}Z`;
    return { type, status, observedGeneration: generation, lastTransitionTime: since, reason, message: sentence };
  });
  const rollout = view.rollout ?? `${view.plan}-${view.startedBy.delivery}`.slice(0, 253);
  return { conditions, state: stateWord(view), rollout, sentence };
}

const DONE: readonly (OutcomeKind | undefined)[] = ['promoted', 'unchanged', 'duplicate'];

function isPromoted({ state, outcome }: ShownRollout): boolean {
  return (state === 'ended' || state === 'cleaning') && DONE.includes(outcome?.kind);
}

/** Nobody needs to wait for it: it went back, or only a person can help. */
function isStalled(view: ShownRollout): boolean {
  if (view.questions.length > 0) return true;
  return (view.state === 'ended' || view.state === 'cleaning') && !isPromoted(view);
}

function isUnderWay(view: ShownRollout): boolean {
  return !isPromoted(view) && !isStalled(view);
}

/** `NeedsYou`, `Promoted`, `RouteCanary`: the question, the outcome or the step, as one word. */
function reasonOf({ state, outcome, steps, questions }: ShownRollout): string {
  if (questions.length > 0) return 'NeedsYou';
  const running: StepName | undefined = steps.find((step) => step.state === 'running')?.name;
  const isOver = state === 'ended' || state === 'cleaning';
  const word = isOver ? (outcome?.kind ?? state) : state === 'running' ? (running ?? state) : state;
  return word.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
