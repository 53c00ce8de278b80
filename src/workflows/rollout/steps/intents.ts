/** The intents of a rollout: with affinity in the plan users are kept while the canary has weight, and lose the cookie afterwards. */
import { AT_REST, type RouteIntent, weighted, withAffinity, withMatch } from '../../../contract/intent.ts';
import type { Run } from '../run.ts';

/** `weight` percent of the users on the canary, and who matches; with affinity in the plan, who met it stays. */
export function live(run: Run, weight: number): RouteIntent {
  const { affinity, match = [] } = run.plan;
  const intent = withAffinity(weighted(weight), affinity && { phase: 'keep', value: run.target.rollout });
  return withMatch(
    intent,
    match.map((stage) => stage.match),
  );
}

/** Those who match one of the first `stages` stages on the canary, everybody else on the primary. */
export function matching(run: Run, stages: number): RouteIntent {
  return withMatch(
    AT_REST,
    (run.plan.match ?? []).slice(0, stages).map((stage) => stage.match),
  );
}

/** Everybody on the primary; whoever was given a cookie loses it there, so that nobody waits for a canary that is gone. */
export function atRest(run: Run): RouteIntent {
  return withAffinity(
    AT_REST,
    run.state.cookieGiven ? { phase: 'expire', value: run.state.cookieOf ?? run.target.rollout } : undefined,
  );
}
