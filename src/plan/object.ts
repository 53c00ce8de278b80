/** Plans that are objects in the cluster: read as files are, as rules that the API server does not know hold as well. */
import type { PlanDir } from './folder.ts';
import { loadPlanText, type PlanRule } from './load.ts';
import { API_VERSION, PLAN_KIND } from './schema/plan.ts';

/** An object of the kind RolloutPlan, as the API server has it. */
export interface PlanObject {
  metadata: { name: string; namespace?: string; generation?: number };
  spec?: unknown;
}

/** A broken one does not take the others down. Problems name the object and the field. */
export function loadPlanObjects(objects: readonly PlanObject[], rule?: PlanRule): PlanDir {
  const result: PlanDir = { plans: [], broken: [] };
  for (const { metadata, spec } of objects) {
    const { name, namespace, generation } = metadata;
    const file = `${PLAN_KIND} ${namespace}/${name}`;
    const document = { apiVersion: API_VERSION, kind: PLAN_KIND, metadata: { name, namespace }, spec };
    const loaded = loadPlanText(JSON.stringify(document), file, rule);
    if ('plan' in loaded) result.plans.push({ plan: loaded.plan, file: `${file}, generation ${generation}` });
    else {
      const problems = loaded.problems.map(({ line: _, column: __, ...problem }) => problem);
      result.broken.push({ file, problems, claims: loaded.claims });
    }
  }
  return result;
}
