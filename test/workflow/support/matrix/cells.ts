/** Who asks for what, on which plan, by which way. */
import { RIGHTS, VERBS } from '../../../../src/contract/action.ts';
import type { AskedRight } from '../../../support/rights-table.ts';
import { BEGINNINGS } from '../beginnings.ts';
import { PEOPLE, PLANS, SENDERS } from './file.ts';

export type MatrixWay = 'http' | 'cli' | 'slack' | 'webhook' | 'temporal';
export type MatrixCell = Omit<AskedRight, 'cluster'> & { by: MatrixWay };

export const THINGS = [...RIGHTS, 'deploy'];

const PROVEN = ['view', ...VERBS];
const IN_SLACK = PROVEN.filter((thing) => !['promote', 'set-weight'].includes(thing));

/** Every cell there is; deployments last, as they change what runs. */
export function cells(): MatrixCell[] {
  const all = (
    who: readonly string[],
    things: readonly string[],
    more: Pick<MatrixCell, 'by' | 'way' | 'server'>,
  ): MatrixCell[] =>
    who.flatMap((name) =>
      things.flatMap((thing) =>
        PLANS.map((plan) => ({ who: name, thing, namespace: plan.namespace, plan: plan.name, ...more })),
      ),
    );
  return [
    ...all([...PEOPLE, 'stranger'], VERBS, { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(['ann', 'bob', 'fay'], ['pause', 'resume', 'set-weight'], {
      by: 'temporal',
      way: 'vouched',
      server: 'narrow',
    }),
    ...all(['ann', 'eve'], VERBS, { by: 'temporal', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], BEGINNINGS, { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(['ann', 'bob', 'fay'], BEGINNINGS, { by: 'temporal', way: 'vouched', server: 'narrow' }),
    ...all(['ann', 'eve'], BEGINNINGS, { by: 'temporal', way: 'alone' }),
    ...all([...SENDERS, 'ann'], ['deploy'], { by: 'temporal', way: 'vouched', server: 'test' }),
    ...all(SENDERS, ['deploy'], { by: 'temporal', way: 'vouched', server: 'narrow' }),
    ...all(SENDERS, ['deploy'], { by: 'temporal', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], [...PROVEN, ...BEGINNINGS], { by: 'http', way: 'token' }),
    ...all(PEOPLE, [...VERBS, ...BEGINNINGS], { by: 'cli', way: 'token' }),
    ...all(['ann', 'eve'], VERBS, { by: 'cli', way: 'alone' }),
    ...all([...PEOPLE, 'stranger'], IN_SLACK, { by: 'slack', way: 'slack' }),
    ...all([...SENDERS, 'ann'], ['deploy'], { by: 'webhook', way: 'webhook' }),
  ];
}
