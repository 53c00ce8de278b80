/**
 * Plans: what people write. Schema, defaults, reading, and errors that name the place and what would be right.
 */
export { formatDuration, milliseconds, parseDuration } from './duration.ts';
export {
  type BrokenPlan,
  joinPlanDirs,
  type LoadedPlan,
  loadPlanDir,
  loadPlanFile,
  type PlanDir,
  planFiles,
  readPlanText,
} from './folder.ts';
export { globFits } from './glob.ts';
export { formatImage, imageName, parseImage } from './image.ts';
export { unlistedImage } from './listed-image.ts';
export { loadPlanText, loadSections, type PlanRule } from './load.ts';
export { loadPlanObjects, type PlanObject } from './object.ts';
export { fileOf, formatProblems, type PlanProblem } from './problem.ts';
