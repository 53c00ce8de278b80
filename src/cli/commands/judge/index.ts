import type { Command } from 'commander';
import { addJudgePlan } from './plan.ts';
import { addJudgeReplay } from './replay.ts';

/** `sluice judge replay|plan`: the comparison of canary and primary on recorded and expected traffic. */
export function addJudge(program: Command): void {
  const judge = program.command('judge').description('try the comparison of canary and primary without a rollout');
  addJudgeReplay(judge);
  addJudgePlan(judge);
}
