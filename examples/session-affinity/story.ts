/** A document that grows a version client by client: whoever met it stays on it. */
import type { Example } from '../support/index.ts';
import { byHand } from './by-hand.ts';
import { bySluice } from './by-sluice.ts';

export const sessionAffinity: Example = {
  name: 'session-affinity',
  namespace: 'demo',
  callers: 'mesh',
  about: 'a share of the clients meets v2 and stays there by a cookie, at more and more percent.',
  byHand,
  bySluice,
};
