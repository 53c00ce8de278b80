/** The stages before all weights: users who match come to the canary, and those of the stages before stay. Nothing without such stages. */
import { describeMatch } from '../../../contract/intent.ts';
import type { Run } from '../run.ts';
import { checkInterval, OUTDATED } from './checks.ts';
import { passGates } from './gates.ts';
import { matching } from './intents.ts';
import { isRouted, lead } from './traffic.ts';

/** What is left of them is left out once a person asked for a weight, or to promote. */
export function matchIsOver({ plan, state }: Run): boolean {
  const stages = plan.match?.length ?? 0;
  if (stages > 0 && isLeftOut(state)) state.matched = { stages, passed: 0 };
  return (state.matched?.stages ?? 0) >= stages;
}

/** One stage's users come to the canary. */
export async function routeMatch(run: Run): Promise<void> {
  const intent = matching(run, stageOf(run));
  if (isRouted(run, intent)) return;
  await run.pausePoint();
  run.begin('route-canary');
  await passGates(run, 'match');
  if (isLeftOut(run.state)) return;
  await lead(run, `route ${describeMatch(intent.match ?? [])} to the canary`, intent);
}

/** One interval with them; when enough passed, the next stage comes. */
export async function checkMatch(run: Run): Promise<void> {
  const { state, plan } = run;
  const stage = stageOf(run);
  const planned = plan.match?.[stage - 1];
  const intent = matching(run, stage);
  if (!planned || isLeftOut(state) || !isRouted(run, intent)) return;
  const { passed = 0 } = state.matched ?? {};
  run.say(
    `Checking with ${describeMatch(intent.match ?? [])} on the canary: ${passed} of ${planned.iterations} passed.`,
  );
  const result = await checkInterval(run, intent, planned.everyMs, () => isLeftOut(state));
  if (result === OUTDATED || result.verdict !== 'pass') return;
  const over = passed + 1 >= planned.iterations;
  state.matched = over ? { stages: stage, passed: 0 } : { stages: stage - 1, passed: passed + 1 };
  run.line('route-canary').note = `match ${stage}/${plan.match?.length}, ${passed + 1}/${planned.iterations} passed`;
}

/** From 1 on. */
function stageOf({ state }: Run): number {
  return (state.matched?.stages ?? 0) + 1;
}

function isLeftOut({ promoted, askedWeight }: Run['state']): boolean {
  return promoted === true || askedWeight !== undefined;
}
