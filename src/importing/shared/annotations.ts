import { isTree, type LooseTree } from './tree.ts';

const WRITTEN =
  /^(([a-z]+\.)?sluice\.dev\/|kubectl\.kubernetes\.io\/last-applied|deployment\.kubernetes\.io\/revision|rollout\.argoproj\.io\/)/;

/** Those of people: without what servers and tools write. Absent when none is left. */
export function ownAnnotations(annotations: unknown): LooseTree | undefined {
  const own = Object.entries(isTree(annotations) ? annotations : {}).filter(([key]) => !WRITTEN.test(key));
  return own.length > 0 ? Object.fromEntries(own) : undefined;
}
