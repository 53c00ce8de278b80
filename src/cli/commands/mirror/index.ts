import type { Command } from 'commander';
import { addMirrorGet } from './get.ts';
import { addMirrorList } from './list.ts';
import { addMirrorStart } from './start.ts';
import { addMirrorStop } from './stop.ts';

/** `sluice mirror start|get|list|stop`: copies of live traffic for their own sake. */
export function addMirror(program: Command): void {
  const mirror = program.command('mirror').description('copy live traffic to another destination for a while');
  for (const add of [addMirrorStart, addMirrorGet, addMirrorList, addMirrorStop]) add(mirror);
}
