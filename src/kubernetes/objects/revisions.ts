/** What a Deployment runs and what it is to run, as revisions with ids. */

import type { ConfigHash, Revision } from '../../contract/revision.ts';
import { annotation, REVISION, TEMPLATE } from './annotations.ts';
import { configHash } from './config.ts';
import type { Deployment } from './deployments.ts';
import { digest } from './digest.ts';
import { isHeld } from './held.ts';
import { allContainers, CONFIG_ANNOTATION, mapContainers, type PodTemplate, revisionTemplate } from './pod-template.ts';

const ID_LENGTH = 10;

/** The id covers the template without identity labels and the hash of the configuration noted on it. */
export function revisionIdOf(template: PodTemplate, identityKeys: readonly string[]): string {
  const config = configOf(template) ?? null;
  return digest({ template: revisionTemplate(template, identityKeys), config }, ID_LENGTH);
}

/** Annotations that belong beside a template: which revision it is, and how to see that it still is. */
export function revisionNotes(id: string, template: PodTemplate): Record<string, string> {
  return { [REVISION]: id, [TEMPLATE]: revisionIdOf(template, []) };
}

/** It is of this revision: its template is the one that was noted, whatever admission has made of it, or its pods are held. */
export function saysNoted(deployment: Deployment, id: string): boolean {
  return annotation(deployment, REVISION) === id && (isHeld(deployment) || hasNoted(deployment));
}

/** The template is the one that was noted, whatever admission has made of it. */
export function hasNoted(deployment: Deployment): boolean {
  return annotation(deployment, TEMPLATE) === revisionIdOf(deployment.spec.template, []);
}

/** Pods of another template than the one that was noted are there, or are on their way. */
export function isReplaced(deployment: Deployment): boolean {
  return annotation(deployment, REVISION) !== undefined && !isHeld(deployment) && !hasNoted(deployment);
}

/** The revision that a Deployment has: as noted while its template is the one noted, otherwise by its content. */
export function carriedId(deployment: Deployment, identityKeys: readonly string[]): string {
  const noted = annotation(deployment, REVISION);
  return noted !== undefined && saysNoted(deployment, noted)
    ? noted
    : revisionIdOf(deployment.spec.template, identityKeys);
}

/** @returns the hash of the configuration that this template was written with; undefined: not written by Sluice */
export function configOf(template: PodTemplate): string | undefined {
  return template.metadata?.annotations?.[CONFIG_ANNOTATION];
}

/** @param targets containers that deploy events bring images for; the first one's is the revision's */
export function revisionOf(
  template: PodTemplate,
  targets: readonly string[],
  config: ConfigHash[],
  identityKeys: readonly string[],
): Revision {
  return { id: revisionIdOf(template, identityKeys), image: imageOf(template, targets) ?? '', config };
}

/** The template with its targets' image replaced and its configuration noted, so that a change of either restarts pods. */
export function newTemplate(
  template: PodTemplate,
  targets: readonly string[],
  image: string | undefined,
  config: ConfigHash[],
): PodTemplate {
  const { metadata } = template;
  const annotations = { ...metadata?.annotations, [CONFIG_ANNOTATION]: configHash(config) };
  const replaced = mapContainers(template, (one) => (image && targets.includes(one.name) ? { ...one, image } : one));
  return { ...replaced, metadata: { ...metadata, annotations } };
}

/** The image of the first of these containers that is there. */
export function imageOf(template: PodTemplate, targets: readonly string[]): string | undefined {
  return imagesOf(template, targets)[0];
}

export function imagesOf(template: PodTemplate, targets: readonly string[]): string[] {
  return allContainers(template).flatMap(({ name, image }) => (targets.includes(name) ? [image] : []));
}

/** Same template, whatever the identity labels and configuration. */
export function sameTemplate(a: PodTemplate, b: PodTemplate, identityKeys: readonly string[]): boolean {
  return digest(revisionTemplate(a, identityKeys)) === digest(revisionTemplate(b, identityKeys));
}
