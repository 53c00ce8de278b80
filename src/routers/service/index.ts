/** Services whose selector is the route: the primary's pods, the canary's, or both. No mesh and no proxy is needed. */
import type { Router } from '../contract.ts';
import { observe } from './endpoints.ts';
import { inspect } from './inspect.ts';
import { problems } from './problems.ts';
import { changeSelector, readSelector } from './selector.ts';

export const serviceRouter: Router = {
  kinds: { Service: ['v1'] },
  can: () => ({
    weights: 'pods',
    mirror: 'none',
    headerMatch: false,
    affinity: false,
    observed: 'endpoints',
    destination: 'selector',
  }),
  written: { list: '/spec/selector', parts: ['.spec.selector'] },
  read: (managed) => [readSelector(managed)],
  change: changeSelector,
  problems,
  inspect,
  // what follows a selector is seen in EndpointSlices
  taken: () => ({ kind: 'unknown' }),
  observe,
  governs: ({ metadata }, { name, namespace }) => metadata.name === name && metadata.namespace === namespace,
  // Services are looked at one by one, whoever leads to them
  walker: { kinds: [], walk: () => [] },
  namesCanary: () => false,
};
