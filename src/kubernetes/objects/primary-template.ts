/** Changing the primary's template: only from what this rollout knows to what it knows (order rules 4, 5 and 9). */

import type { PatchOperation } from '../client/client.ts';
import type { RolloutSnapshot } from '../writes/snapshot.ts';
import { annotate, REVISION } from './annotations.ts';
import { type Deployment, lastWriter } from './deployments.ts';
import { deploymentRef, describeRef } from './refs.ts';
import { containerOf, imageOf, revisionIdOf } from './revisions.ts';

export type Version = 'previous' | 'new';

/** Which of the rollout's two templates the primary has; undefined: another one. */
export function versionOf(
  primary: Deployment,
  { identityKeys, previous, revision }: RolloutSnapshot,
): Version | undefined {
  const id = revisionIdOf(primary.spec.template, identityKeys);
  if (id === revision.id) return 'new';
  return id === previous.id ? 'previous' : undefined;
}

/** Operations that give the primary one of the two templates. */
export function templatePatch(primary: Deployment, snapshot: RolloutSnapshot, wanted: Version): PatchOperation[] {
  const [value, { id }] =
    wanted === 'new' ? [snapshot.newTemplate, snapshot.revision] : [snapshot.previousTemplate, snapshot.previous];
  const replace: PatchOperation[] =
    versionOf(primary, snapshot) === wanted ? [] : [{ op: 'replace', path: '/spec/template', value }];
  return [...replace, ...annotate({}, { [REVISION]: id })];
}

/** "Deployment demo/reviews-v1 is neither what … nor …: it runs …, last written by kubectl-edit at …" */
export function templateDriftSentence(primary: Deployment, { plan, previous, revision }: RolloutSnapshot): string {
  const { template } = primary.spec;
  const container = containerOf(template, plan.workload.container);
  const image = (container && imageOf(template, container)) ?? 'no such container';
  const same = image === previous.image || image === revision.image;
  const runs = same ? `image ${image} with another template` : `image ${image}`;
  const writer = lastWriter(primary);
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  return `${where} was changed by somebody during the rollout: it has ${runs}, neither what it ran at the start nor the new revision${writer ? `; last written by ${writer}` : ''}`;
}
