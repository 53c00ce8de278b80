/** The label by which canary pods are told from those that run: one that they carry already, so nothing restarts. Pure. */
import { type Deployment, templateLabels } from '../kubernetes/objects/deployments.ts';
import { deploymentRef, describeRef } from '../kubernetes/objects/refs.ts';
import type { Labels } from '../routers/contract.ts';
import { CannotAdopt } from './cannot-adopt.ts';

export interface Telling {
  key: string;
  primary: string;
  canary: string;
}

/** Labels that say which one of several, by their usual names. */
const WHICH = ['version', 'app.kubernetes.io/version', 'track', 'slot', 'color'];
/** Those that say what it is. */
const WHAT = ['app', 'name', 'app.kubernetes.io/name'];
/** Argo CD tracks its objects by it. */
const TRACKED = 'app.kubernetes.io/instance';
const LONGEST_VALUE = 63;

/**
 * One of the Deployment's own selector, which cannot be changed: with another value there the canary's pods are none of its.
 * @param selected what the users' Service selects: a label of it is preferred, as nothing has to be written then
 * @param subset labels of an Istio subset: it must be one of them, and none of the Service's
 * @throws CannotAdopt when the selector names no label with its value
 */
export function tellingLabel(deployment: Deployment, selected: Labels, subset?: Labels): Telling {
  const own = templateLabels(deployment.spec.template);
  const all = Object.entries(deployment.spec.selector.matchLabels ?? {}).filter(([key, value]) => own[key] === value);
  const fits = all.filter(([key]) => !subset || (key in subset && !(key in selected)));
  const [best] = fits.toSorted(([a], [b]) => rank(a, selected) - rank(b, selected) || (a < b ? -1 : 1));
  if (best) return { key: best[0], primary: best[1], canary: canaryValue(best[0], best[1]) };
  const { namespace = '', name } = deployment.metadata;
  throw new CannotAdopt(
    describeRef(deploymentRef(namespace, name)),
    'its selector names no label with a value (matchLabels), so it would take the pods of a canary for its own',
    'a selector cannot be changed: make a Deployment beside it whose selector and pods have a label of their own, such as version: v1, let users go there, and adopt that one',
  );
}

/** Whether the rest of a selector still names this service's pods and no others. */
export function tellsWhich({ key }: Pick<Telling, 'key'>): boolean {
  return WHICH.includes(key);
}

function rank(key: string, selected: Labels): number {
  const usual = [...WHICH, ...WHAT].indexOf(key);
  const name = key === TRACKED ? 200 : usual < 0 ? 100 : usual;
  return (key in selected ? 0 : 1_000) + name;
}

function canaryValue(key: string, primary: string): string {
  const long = `${primary}-canary`;
  return WHICH.includes(key) || long.length > LONGEST_VALUE ? 'canary' : long;
}
