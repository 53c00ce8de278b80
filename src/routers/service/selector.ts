/**
 * What a Service's selector says, and what an intent makes of it. The labels that tell the sides apart are ours, and nothing else of it:
 * with the primary's values they lead all users there, with the canary's to the canary, and without them to both. Pure.
 */
import { describeIntent, type RouteIntent, weighted } from '../../contract/intent.ts';
import type { PatchOperation } from '../../kubernetes/client/client.ts';
import { annotation, forget, pointer, SHARE } from '../../kubernetes/objects/annotations.ts';
import type { Service } from '../../kubernetes/objects/services.ts';
import type { Labels, ManagedRoute, ManagedRule, WantedIntent } from '../contract.ts';
import { showLabels } from '../shared/services.ts';

/** What is kept beside a selector that is not the one at rest. */
interface Share {
  /** The whole selector at rest. */
  primary: Labels;
  /** Percent that the canary is asked to have. */
  canary: number;
}

export function readSelector(managed: ManagedRoute): ManagedRule {
  const selector = selectorOf(managed);
  const intent = intentOf(managed);
  return {
    place: 'spec.selector',
    ...(intent && { intent }),
    words: `${showLabels(selector)}${intent ? ` (${describeIntent(intent)})` : ''}`,
    mirror: 0,
    found: { index: 0, canary: false, weighted: false, selector: shareOf(managed)?.primary ?? selector },
  };
}

/** @returns undefined when nobody knows any more what it selects at rest */
export function changeSelector(managed: ManagedRoute, { intent, found }: WantedIntent): PatchOperation[] | undefined {
  const rest = restOf(managed, found);
  if (!rest) return undefined;
  return [...selectorPatch(managed, rest, intent), ...sharePatch(managed, rest, intent)];
}

/** The selector without the labels that tell the sides apart. */
export function commonSelector({ plan }: Pick<ManagedRoute, 'plan'>, selector: Labels): Labels {
  return Object.fromEntries(Object.entries(selector).filter(([key]) => !(key in plan.workload.canaryLabels)));
}

function ownSelector({ plan }: ManagedRoute, selector: Labels): Labels {
  return Object.fromEntries(Object.entries(selector).filter(([key]) => key in plan.workload.canaryLabels));
}

export function selectorOf({ object }: Pick<ManagedRoute, 'object'>): Labels {
  return (object as Service).spec?.selector ?? {};
}

/** Somebody else's selector has no form of an intent. */
function intentOf(managed: ManagedRoute): RouteIntent | undefined {
  const { canaryLabels } = managed.plan.workload;
  const share = shareOf(managed);
  const selector = selectorOf(managed);
  const own = ownSelector(managed, selector);
  const common = commonSelector(managed, selector);
  if (share && !sameLabels(common, commonSelector(managed, share.primary))) return undefined;
  if (sameLabels(own, canaryLabels)) return weighted(100);
  if (Object.keys(own).length === 0) return share && weighted(share.canary);
  const primary = share
    ? sameLabels(own, ownSelector(managed, share.primary))
    : Object.entries(own).some(([key, value]) => canaryLabels[key] !== value);
  return primary ? weighted(0) : undefined;
}

function shareOf({ object }: ManagedRoute): Share | undefined {
  try {
    const share = JSON.parse(annotation(object, SHARE) ?? '') as Share;
    const values = [...Object.values(share.primary)];
    const sound = Number.isInteger(share.canary) && share.canary >= 0 && share.canary <= 100;
    return sound && values.every((value) => typeof value === 'string') ? share : undefined;
  } catch {
    return undefined;
  }
}

function restOf(managed: ManagedRoute, found: WantedIntent['found']): Labels | undefined {
  const { namespace, name } = managed.route;
  const kept = found.rules.find(({ route }) => route === undefined || route === `${namespace}/${name}`)?.selector;
  const now = intentOf(managed)?.canary === 0 ? selectorOf(managed) : undefined;
  return shareOf(managed)?.primary ?? kept ?? now;
}

function selectorPatch(managed: ManagedRoute, rest: Labels, { canary }: RouteIntent): PatchOperation[] {
  const { mode, canaryLabels } = { ...managed.plan.traffic, ...managed.plan.workload };
  if (canary > 0 && canary < 100 && mode !== 'pods')
    throw new RangeError(`a switch leads to one side, and ${canary} % is neither`);
  const wanted = canary === 100 ? canaryLabels : canary > 0 ? {} : ownSelector(managed, rest);
  const { selector } = (managed.object as Service).spec ?? {};
  if (!selector) return [{ op: 'add', path: '/spec/selector', value: { ...commonSelector(managed, rest), ...wanted } }];
  return Object.keys(canaryLabels).flatMap((key): PatchOperation[] => {
    const path = `/spec/selector/${pointer(key)}`;
    const value = wanted[key];
    if (selector[key] === value) return [];
    return [value === undefined ? { op: 'remove', path } : { op: 'add', path, value }];
  });
}

function sharePatch({ object }: ManagedRoute, primary: Labels, { canary }: RouteIntent): PatchOperation[] {
  if (canary === 0) return forget(object, SHARE);
  const value = JSON.stringify({ primary, canary } satisfies Share);
  return [{ op: 'add', path: `/metadata/annotations/${pointer(SHARE)}`, value }];
}

function sameLabels(one: Labels, other: Labels): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
