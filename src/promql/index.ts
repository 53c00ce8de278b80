/**
 * PromQL that carries values of others: quoting, and the queries of plans with their variables. Pure; knows Prometheus' own grammar
 * and nothing else.
 */
export { checkQuery, tellsArms } from './check-query.ts';
export { endsBetweenParts } from './literal.ts';
export { anyOf, type Conditions, escapePattern, quote, selector } from './quote.ts';
export { renderQuery } from './render-query.ts';
export { selectorsOf } from './selectors.ts';
export { BUILT_IN } from './template.ts';
export { withMatchers } from './with-matchers.ts';
