/** Which configuration the running pods have, and whether it is what there is now. Pure. */
import type { ConfigHash } from '../../contract/revision.ts';
import { type ConfigNow, compareConfig, configHash, kidOf } from '../../kubernetes/objects/config.ts';
import type { PodTemplate } from '../../kubernetes/objects/pod-template.ts';
import { configOf } from '../../kubernetes/objects/revisions.ts';
import type { RolloutSnapshot } from '../../kubernetes/writes/snapshot.ts';

/** What runs, object by object, when a snapshot or one of the keys still tells it; otherwise only the hash over all of it is known. */
export function runningConfig(running: PodTemplate, now: ConfigNow, snapshots: RolloutSnapshot[]): ConfigHash[] {
  const noted = configOf(running);
  const candidates = [...now.lists, ...snapshots.map(({ revision }) => revision.config)];
  return candidates.find((list) => configHash(list) === noted) ?? [];
}

/**
 * Whether the running pods have this configuration. A template that Sluice never wrote does not say, nor does one that was noted with a
 * key that is gone; then an event with an image is taken at its word (the image decides), while an event without one can only mean the
 * configuration: it rolls out when the template uses any, and what runs is known from then on.
 */
export function sameConfig(running: PodTemplate, known: ConfigHash[], now: ConfigNow, imageDecides: boolean): boolean {
  const noted = configOf(running);
  const asAsked = imageDecides || now.contents.length === 0;
  if (noted === undefined) return asAsked;
  if (configHash(known) !== noted) return isForgotten(noted, now) && asAsked;
  const { changed, unknown } = compareConfig(now, known);
  return changed.length === 0 && (unknown.length === 0 || asAsked);
}

/** None of the keys, and not without a key either. */
function isForgotten(noted: string, { lists }: ConfigNow): boolean {
  const kid = kidOf(noted);
  return kid !== undefined && !lists.some((list) => list.some((one) => one.kid === kid));
}
