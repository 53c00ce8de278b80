/**
 * Plans: what people write. Schema, defaults, reading, and errors that name the place and what would be right.
 * Pure but for `folder.ts` and `write-json-schema.ts`; nothing here knows Temporal, Kubernetes or HTTP.
 */
export { formatDuration, parseDuration } from './duration.ts';
export { type BrokenPlan, type LoadedPlan, loadPlanDir, loadPlanFile, type PlanDir, planFiles } from './folder.ts';
export { formatImage, type ImageReference, imageName, parseImage } from './image.ts';
export { loadPlanText, loadSections, type PlanClaims, type PlanResult } from './load.ts';
export { formatProblems, type PlanProblem } from './problem.ts';
export { planJsonSchema, planJsonSchemaText } from './schema/json-schema.ts';
