/** `source: canary`: what a canary Deployment has, in one text, and what of it was offered last. Pure. */
import { annotation, OFFERED } from './annotations.ts';
import { type ConfigNow, configHash, kidOf } from './config.ts';
import type { Deployment } from './deployments.ts';
import { digest } from './digest.ts';
import { type PodTemplate, revisionTemplate } from './pod-template.ts';

const TEMPLATE_LENGTH = 10;

/** `<template>/<configuration>`: hashes of the template and of what is noted of the ConfigMaps and Secrets that it uses. */
export function markOf(template: PodTemplate, { hashes }: Pick<ConfigNow, 'hashes'>): string {
  return `${templateMark(template)}/${configHash(hashes)}`;
}

/** Each by the key that it was noted with; with one that nobody has any more the template alone is compared. */
export function isMarked(mark: string, template: PodTemplate, config: Pick<ConfigNow, 'lists' | 'kids'>): boolean {
  return mark.startsWith(`${templateMark(template)}/`) && sameConfigMark(mark, config);
}

/** The configuration alone. */
export function sameConfigMark(mark: string, { lists, kids }: Pick<ConfigNow, 'lists' | 'kids'>): boolean {
  const noted = mark.slice(mark.indexOf('/') + 1);
  const kid = kidOf(noted);
  return (kid !== undefined && !kids.includes(kid)) || lists.some((list) => configHash(list) === noted);
}

function templateMark(template: PodTemplate): string {
  return digest(revisionTemplate(template, []), TEMPLATE_LENGTH);
}

/** What the annotation `sluice.dev/offered` says. */
export interface Offered {
  /** Offers that were looked at. */
  count: number;
  /** Of the last one that was taken; empty: none was. */
  mark: string;
}

export function offeredOf(canary: Deployment): Offered {
  const [, count = '0', mark = ''] = /^(\d{1,15})(?: (\S{1,300}))?$/.exec(annotation(canary, OFFERED) ?? '') ?? [];
  return { count: Number(count), mark };
}

export function formatOffered({ count, mark }: Offered): string {
  return `${count} ${mark}`.trim();
}
