/** Changing the primary's template: only from what this rollout knows to what it knows (order rules 4, 5 and 9). */

import type { PatchOperation } from '../client/client.ts';
import type { RolloutSnapshot } from '../writes/snapshot.ts';
import { annotate } from './annotations.ts';
import { type Deployment, lastWriter } from './deployments.ts';
import type { PodTemplate } from './pod-template.ts';
import { deploymentRef, describeRef } from './refs.ts';
import { carriedId, imageOf, revisionNotes } from './revisions.ts';

export type Version = 'previous' | 'new';

/** Which of the rollout's two templates the primary has; undefined: another one. */
export function versionOf(
  primary: Deployment,
  { identityKeys, previous, revision }: RolloutSnapshot,
): Version | undefined {
  const id = carriedId(primary, identityKeys);
  if (id === revision.id) return 'new';
  return id === previous.id ? 'previous' : undefined;
}

/** Operations that give the primary one of the two: the template as it is there, or this one. */
export function templatePatch(
  primary: Deployment,
  snapshot: RolloutSnapshot,
  wanted: Version,
  template: PodTemplate,
): PatchOperation[] {
  const { id } = wanted === 'new' ? snapshot.revision : snapshot.previous;
  if (versionOf(primary, snapshot) === wanted) return annotate({}, revisionNotes(id, primary.spec.template));
  return [{ op: 'replace', path: '/spec/template', value: template }, ...annotate({}, revisionNotes(id, template))];
}

/** "Deployment demo/reviews-v1 is neither what … nor …: it runs …, last written by kubectl-edit at …" */
export function templateDriftSentence(primary: Deployment, snapshot: RolloutSnapshot): string {
  const { plan, previous, revision, targets } = snapshot;
  const { template } = primary.spec;
  const image = imageOf(template, targets) ?? 'no such container';
  const same = image === previous.image || image === revision.image;
  const runs = same ? `image ${image} with another template` : `image ${image}`;
  const writer = lastWriter(primary);
  const where = describeRef(deploymentRef(plan.namespace, plan.workload.primary));
  return `${where} was changed by somebody during the rollout: it has ${runs}, neither what it ran at the start nor the new revision${writer ? `; last written by ${writer}` : ''}`;
}
