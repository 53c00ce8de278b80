import type { MirrorRouter, MirrorTargets } from '../contract.ts';
import { examineMirror } from './mirror-check.ts';
import { type MirrorFamily, MirrorRules } from './mirror-rules.ts';

/** Mirrors for their own sake on a family of routes whose rules stand in a list. */
export function mirrorRouter<R extends { name?: string }, M>(
  family: MirrorFamily<R, M>,
  targets?: MirrorTargets,
): MirrorRouter {
  const rules = new MirrorRules(family);
  return {
    examine: (object, spec) => examineMirror(rules, object, spec),
    on: (object, form) => rules.on(object, form),
    off: (object, form) => rules.off(object, form),
    isOn: (object, form) => rules.isOn(object, form),
    targets,
  };
}
