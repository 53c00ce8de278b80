/** Checklist line 14: the primary gets exactly the revision that was tested (order rule 5). */

import type { UpgradeInput, UpgradeResult } from '../contract/activities.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { compareConfig, configHash, type RevisionKey, readConfig } from '../kubernetes/objects/config.ts';
import { getDeployment } from '../kubernetes/objects/deployments.ts';
import { CONFIG_ANNOTATION, mapContainers, type PodTemplate } from '../kubernetes/objects/pod-template.ts';
import { versionOf } from '../kubernetes/objects/primary-template.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import { carriedId, hasNoted, sameTemplate } from '../kubernetes/objects/revisions.ts';
import { type RolloutSnapshot, readSnapshot } from '../kubernetes/writes/snapshot.ts';
import { writeVersion } from './support/primary-version.ts';
import { testedImages } from './support/tested-image.ts';
import { leadingToPrimary } from './support/where-users-are.ts';

/** Made again it asserts size, minimum and template; what was tested is asked only while the primary does not have it yet. */
export async function upgradePrimary(
  client: KubeClient,
  input: UpgradeInput,
  keys: readonly RevisionKey[] = [],
): Promise<UpgradeResult> {
  const { namespace, workload } = input.plan;
  const [snapshot, primary] = await Promise.all([
    readSnapshot(client, input.plan, input.epoch, input.snapshotHash),
    getDeployment(client, namespace, workload.primary),
  ]);
  if (primary?.spec.paused) {
    const where = describeRef(deploymentRef(namespace, workload.primary));
    const remedy = `kubectl rollout resume deployment/${workload.primary} -n ${namespace}`;
    return {
      kind: 'drift',
      sentence: `${where} is paused, so a new template would not roll out; resume it: ${remedy}`,
    };
  }
  const { newTemplate, identityKeys, revision } = snapshot;
  if (primary && versionOf(primary, snapshot) === 'new') {
    const again = await writeVersion(client, input, snapshot, 'new', newTemplate);
    return again.kind === 'drift' ? again : { kind: 'written' };
  }
  const leading = await leadingToPrimary(client, input.plan);
  if (leading) return { kind: 'users', sentence: leading };
  const config = await configNow(client, snapshot, keys, input.acceptConfig);
  if ('kind' in config) return config;
  const found = await getDeployment(client, namespace, workload.canary);
  const canary = found && carriedId(found, identityKeys) === revision.id ? found : undefined;
  const { images, warnings, moved } = await testedImages(client, snapshot, canary, input.ran);
  const digests = moved.join('; ');
  const sentence = `The canary's pods have run several images under one tag, so it was moved while it was tested: ${digests}. Abort and send the digest that is meant; overwriting gives the primary what those pods run now.`;
  if (digests && input.acceptDigests !== digests) return { kind: 'drift', sentence, digests };
  const exact = (template: PodTemplate) => exactly(template, images, config.hash);
  const result = await writeVersion(client, input, snapshot, 'new', exact(newTemplate));
  if (result.kind === 'drift') return result;
  const same =
    !canary ||
    !hasNoted(canary) ||
    sameTemplate(result.primary.spec.template, exact(canary.spec.template), identityKeys);
  const other = `the API server made another template of ${workload.primary} than of ${workload.canary}`;
  const said = [...warnings, ...(same ? [] : [other])].join('; ');
  return { kind: 'written', image: images.get(revision.image) ?? revision.image, ...(said && { warning: said }) };
}

/** New pods read configuration as it is now, whatever was tested. */
async function configNow(
  client: KubeClient,
  { plan, newTemplate, revision }: RolloutSnapshot,
  keys: readonly RevisionKey[],
  accepted: string | undefined,
): Promise<{ hash: string } | (UpgradeResult & { kind: 'drift' })> {
  const now = await readConfig(client, plan.namespace, newTemplate, keys);
  // what was never a part of the revision is not asked about
  const noted = now.contents.filter(({ kind, name }) =>
    revision.config.some((one) => one.kind === kind && one.name === name),
  );
  const { changed, unknown } = compareConfig({ contents: noted }, revision.config);
  if (changed.length + unknown.length === 0) return { hash: configHash(revision.config) };
  if (accepted !== undefined && now.lists.some((list) => configHash(list) === accepted)) return { hash: accepted };
  const gone = `cannot be compared with what it was when the rollout began (its revision key is gone, or it may not be read)`;
  const what = changed.length > 0 ? 'changed since the rollout began' : gone;
  const sentence = `${[...changed, ...unknown].join(', ')} in ${plan.namespace} ${what}, so the primary's pods would start with content that was not tested; put the old content back, or accept the new.`;
  return { kind: 'drift', sentence, config: configHash(now.hashes) };
}

function exactly(template: PodTemplate, images: ReadonlyMap<string, string>, config: string): PodTemplate {
  const { metadata } = template;
  const annotations = { ...metadata?.annotations, [CONFIG_ANNOTATION]: config };
  const replaced = mapContainers(template, (one) => ({ ...one, image: images.get(one.image) ?? one.image }));
  return { ...replaced, metadata: { ...metadata, annotations } };
}
