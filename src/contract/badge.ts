/** Marks beside words: every one has a shape of its own, and a colour only repeats what shape and word say. */
import type { StepState } from './steps.ts';
import type { IntervalVerdict } from './verdict.ts';
import { isFinished, type RolloutView } from './view.ts';

export type Style = 'good' | 'bad' | 'warn' | 'person' | 'busy' | 'quiet' | 'strong';

export interface Badge {
  mark: string;
  style: Style;
}

const STATE_BADGES: Record<RolloutView['state'], Badge> = {
  starting: { mark: '◌', style: 'quiet' },
  running: { mark: '▶', style: 'busy' },
  paused: { mark: '⏸', style: 'warn' },
  'needs-you': { mark: '✋', style: 'person' },
  'going-back': { mark: '↩', style: 'warn' },
  cleaning: { mark: '⌫', style: 'quiet' },
  ended: { mark: '⊘', style: 'quiet' },
};

const OUTCOME_BADGES: Record<NonNullable<RolloutView['outcome']>['kind'], Badge> = {
  promoted: { mark: '✔', style: 'good' },
  failed: { mark: '✖', style: 'bad' },
  aborted: { mark: '⊘', style: 'strong' },
  repaired: { mark: '✔', style: 'good' },
  superseded: { mark: '⇥', style: 'quiet' },
  unchanged: { mark: '≡', style: 'quiet' },
  refused: { mark: '✖', style: 'bad' },
  duplicate: { mark: '≡', style: 'quiet' },
};

export function stateBadge(view: Pick<RolloutView, 'state' | 'outcome'>): Badge {
  return isFinished(view) && view.outcome ? OUTCOME_BADGES[view.outcome.kind] : STATE_BADGES[view.state];
}

export const STEP_BADGES: Record<StepState, Badge> = {
  pending: { mark: '·', style: 'quiet' },
  running: { mark: '▶', style: 'busy' },
  done: { mark: '✔', style: 'good' },
  skipped: { mark: '–', style: 'quiet' },
  failed: { mark: '✖', style: 'bad' },
};

/** "No data" is grey: it is neither a pass nor a failure. */
export const VERDICT_BADGES: Record<IntervalVerdict, Badge> = {
  pass: { mark: '✔', style: 'good' },
  fail: { mark: '✖', style: 'bad' },
  noAnswer: { mark: '?', style: 'quiet' },
  inconclusive: { mark: '≈', style: 'quiet' },
  canaryLost: { mark: '⚠', style: 'bad' },
  worse: { mark: '✖', style: 'bad' },
};
