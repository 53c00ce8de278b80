import { expect, it } from 'vitest';
import { AT_REST, mirrored, type RouteIntent, weighted, withMatch } from '../../../src/contract/intent.ts';
import { type Carriers, mayRoute } from '../../../src/contract/may-route.ts';

const NO_CANARY = 'the canary has no ready pod';
const SMALL = /^the canary has 1 ready pod and needs 2/;
const UNPROVEN = /^the primary has no ready pod, and the canary has not passed/;
const NO_PRIMARY = 'the primary has no ready pod, so nobody is routed to it';
type Row = [string, RouteIntent, RouteIntent | undefined, Carriers & { proven?: true }, (string | RegExp)?];
const proven = true;
const both = { primary: 1, canary: 2 };
const small = { primary: 1, canary: 1 };
const noCanary = { primary: 1, canary: 0 };
const noPrimary = { primary: 0, canary: 2 };
const one = { header: { 'x-tester': 'yes' } };
const two = { cookie: { tester: '1' } };
const testers = withMatch(AT_REST, [one]);
const more = withMatch(AT_REST, [one, two]);

/** The canary needs two pods. What is wanted, what is there, who is ready, and why not. */
it.each<Row>([
  ['more users, both ready', weighted(20), AT_REST, both],
  ['more users, no canary', weighted(20), AT_REST, { ...noCanary, proven }, NO_CANARY],
  ['more users, a small canary', weighted(20), AT_REST, small, SMALL],
  ['copies, both ready', mirrored(50), AT_REST, both],
  ['copies, no canary', mirrored(50), AT_REST, noCanary, NO_CANARY],
  ['copies, a small canary', mirrored(50), mirrored(49), small, SMALL],
  ['as many users as before, a small canary', weighted(20), weighted(20), noCanary],
  ['as many copies as before, no canary', mirrored(50), mirrored(50), noCanary],
  ['one user less, a small canary', weighted(19), weighted(20), small],
  ['one user more, a small canary', weighted(21), weighted(20), small, SMALL],
  ['everybody back, no canary', AT_REST, weighted(100), noCanary],
  ['everybody back, no primary', AT_REST, weighted(100), noPrimary, NO_PRIMARY],
  ['some back, no primary', weighted(59), weighted(60), { ...noPrimary, proven }, NO_PRIMARY],
  ['nobody moves, no primary', AT_REST, AT_REST, noPrimary],
  ['copies end, no primary', AT_REST, mirrored(100), noPrimary],
  ['copies begin, no primary', mirrored(100), AT_REST, noPrimary],
  ['off a dead primary, proven', weighted(100), weighted(60), { ...noPrimary, proven }],
  ['off a dead primary, not proven', weighted(100), weighted(60), noPrimary, UNPROVEN],
  ['over what cannot be read, both ready', weighted(20), undefined, both],
  ['over what cannot be read, no canary', weighted(20), undefined, { ...noCanary, proven }, NO_CANARY],
  ['at rest over what cannot be read, no canary', AT_REST, undefined, noCanary],
  ['at rest over what cannot be read, no primary', AT_REST, undefined, noPrimary, NO_PRIMARY],
  ['those who match come, both ready', testers, AT_REST, both],
  ['those who match come, no canary', testers, AT_REST, { ...noCanary, proven }, NO_CANARY],
  ['those who match come, a small canary', more, testers, small, SMALL],
  ['those who match come over what cannot be read, no canary', testers, undefined, noCanary, NO_CANARY],
  ['the same ones, no canary', testers, testers, noCanary],
  ['fewer match, no canary', testers, more, noCanary],
  ['those who match go back, no canary', AT_REST, testers, noCanary],
  ['those who match go back, no primary', AT_REST, testers, noPrimary, NO_PRIMARY],
  ['everybody joins those who match, no primary, proven', weighted(100), testers, { ...noPrimary, proven }],
])('%s', (...[, intent, there, ready, why]) => {
  const said = mayRoute(intent, there, ready, { replicas: 2, proven: ready.proven ?? false });
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(why);
});
