/** A server with a key, and the installation that believes it. */
import { newKey, type Order, readKey, type ServerKey, sign, vouch, vouchForOffer } from '../../src/authority/index.ts';
import type { Action } from '../../src/contract/action.ts';
import { rolloutWorkflowId } from '../../src/contract/ids.ts';
import type { Offer } from '../../src/contract/offer.ts';

export interface TestServer {
  key: ServerKey;
  /** The private key as its file has it. */
  text: string;
  /** Lines of an installation that believes it, whatever it says of anybody. */
  servers: string;
}

export function testServer(name = 'test'): TestServer {
  const { text, id } = newKey();
  const servers = `servers: [{ name: ${name}, keys: [${id}], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }]\n`;
  return { key: readKey(text), text, servers };
}

export const INSTALLATION_HEAD = 'apiVersion: sluice.dev/v1alpha1\nkind: Installation\n';

/** Lines of an installation in which they may do everything. */
export function almighty(...names: string[]): string {
  const people = names.map((name) => `{ name: ${name}, may: [{ verbs: ["*"], plans: ["*/*"] }] }`);
  return `people: [${people.join(', ')}]\n`;
}

/** As the server says it of an action for a rollout. */
export function vouched(
  action: Action,
  plan: { namespace: string; name: string },
  cluster: string,
  { key }: Pick<TestServer, 'key'>,
): Promise<Action> {
  return vouch(action, { cluster, workflow: rolloutWorkflowId(cluster, plan.namespace, plan.name) }, key);
}

/** As the server says it of somebody who may run any plan, now. */
export function offered(offer: Offer, name: string, cluster: string, { key }: Pick<TestServer, 'key'>): Promise<Offer> {
  const event = { ...offer.event, receivedAt: new Date().toISOString() };
  return vouchForOffer({ actor: { name, channel: 'api' }, ...offer, event }, cluster, key);
}

/** A statement for a mirror or for repairs, good for ten minutes. */
export function ordered(order: Omit<Order, 'until'>, { key }: Pick<TestServer, 'key'>): Promise<string> {
  return sign('sluice-order', { until: new Date(Date.now() + 600_000).toISOString(), ...order }, key);
}
