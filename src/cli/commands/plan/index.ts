import type { Command } from 'commander';
import { addPlanCheck } from './check.ts';

/** `sluice plan check` */
export function addPlan(program: Command): void {
  addPlanCheck(program.command('plan').description('work with plan files'));
}
