import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/ids.ts';
import { within } from '../../temporal/calls.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;

export interface Registered {
  added: string[];
  present: string[];
}

/** Registers what `sluice list` needs; safe to repeat. @throws CliError 9 when a name is taken by another type */
export async function registerSearchAttributes(client: Client): Promise<Registered> {
  const { namespace } = client.options;
  const operator = client.connection.operatorService;
  const { customAttributes } = await within(client, () => operator.listSearchAttributes({ namespace }));
  const types = customAttributes ?? {};
  const wrong = SEARCH_ATTRIBUTES.filter((name) => types[name] !== undefined && types[name] !== KEYWORD);
  if (wrong.length > 0) {
    throw new CliError(
      EXIT.conflict,
      `search attribute ${wrong.join(', ')} exists with a type other than Keyword`,
      'Remove it, or use another Temporal namespace.',
    );
  }
  const added = SEARCH_ATTRIBUTES.filter((name) => types[name] === undefined);
  if (added.length > 0) {
    const searchAttributes = Object.fromEntries(added.map((name) => [name, KEYWORD]));
    await within(client, () => operator.addSearchAttributes({ namespace, searchAttributes }));
  }
  return { added, present: SEARCH_ATTRIBUTES.filter((name) => !added.includes(name)) };
}
