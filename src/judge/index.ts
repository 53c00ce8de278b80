/**
 * Verdicts: numbers in, pass, fail or no answer out, each with a plain sentence. Pure; imports nothing of Node and no
 * library, so that the workflow, the activities and the tests share it. Where the numbers come from is not known here.
 */

export { type Learned, Looks, stageVerdict } from './comparison.ts';
export { cannotPass, type Judgement, judgeInterval } from './interval.ts';
export { notRouted } from './not-routed.ts';
export { podsCrashed } from './pod-health.ts';
export { histogramQuantile } from './quantile.ts';
export {
  type BothEnds,
  countRequests,
  type IntervalWindow,
  type PodsSeen,
  type QueryValue,
  type SourceCounts,
} from './window.ts';
