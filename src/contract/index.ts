/** What the package gives to those who show rollouts: their types, and the words and marks that every surface uses. Pure, for browsers too. */
export { type Badge, STEP_BADGES, type Style, stateBadge, VERDICT_BADGES } from './badge.ts';
export { clean, cleanDeep } from './clean.ts';
export type { Question } from './question.ts';
export { askedText, effectsOf, shortId } from './question-words.ts';
export type { StepView } from './steps.ts';
export { STEPS, type StepName, stepNumber } from './steps.ts';
export type { CheckResult, ComparedTick, Comparison, IntervalProgress } from './verdict.ts';
export { isFinished, isOutcome, type RolloutView } from './view.ts';
export {
  describeChange,
  describeLimit,
  describeValue,
  formatFigure,
  formatSpan,
  plural,
  sentenceCase,
  stateWord,
  verdictWord,
} from './words.ts';
