/** The document with the checklist: mirror, grow, upgrade, switch back. */
import type { Example } from '../support/index.ts';
import { byHand } from './by-hand.ts';
import { bySluice } from './by-sluice.ts';

export const bookinfoReviews: Example = {
  name: 'bookinfo-reviews',
  namespace: 'demo',
  callers: 'gateway',
  about: 'copies to v2 first, then 20, 40, 60, 80, 100 % of the users, the primary upgraded, and back.',
  byHand,
  bySluice,
};
