import { fenceKey, formatFence } from '../../contract/fence.ts';
import type { KubeClient, Ref } from '../client/client.ts';
import { isAdmitted } from '../objects/admission.ts';
import { annotate, annotation, pointer, TEMPLATE } from '../objects/annotations.ts';
import type { Deployment } from '../objects/deployments.ts';
import type { PodTemplate } from '../objects/pod-template.ts';
import { revisionNotes, saysNoted } from '../objects/revisions.ts';
import type { WriteAs } from './fenced-patch.ts';

/**
 * After a write of a pod template: what the API server answered is what was admitted. Where it is not what was sent, it is noted as
 * the revision in a second request, which holds only while template and fence are still these.
 * @throws ClusterError `conflict` when somebody changed it meanwhile: the same write, made again, tells whether it is foreign
 */
export async function noteAdmitted(
  client: KubeClient,
  ref: Ref,
  { owner, fence }: WriteAs,
  object: Deployment,
  revision: string,
): Promise<Deployment> {
  if (client.rehearsal || saysNoted(object, revision)) return object;
  const { template } = object.spec;
  return client.patch<Deployment>(ref, [
    { op: 'test', path: `/metadata/annotations/${pointer(fenceKey(owner))}`, value: formatFence(fence) },
    { op: 'test', path: '/spec/template', value: template },
    ...annotate({}, revisionNotes(revision, template)),
  ]);
}

/** Our write is there: as noted, or, if its answer was lost before the note, as admission may have made it. */
export function isOurs(object: Deployment, revision: string, written: PodTemplate): boolean {
  if (saysNoted(object, revision)) return true;
  const sent = revisionNotes(revision, written)[TEMPLATE];
  return annotation(object, TEMPLATE) === sent && isAdmitted(object.spec.template, written);
}
