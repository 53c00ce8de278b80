/** Who may do what, as the operator's file says it: a second reader that shares nothing with the first, so that one is held against the other. */
import { parse } from 'yaml';

interface Grant {
  verbs: string[];
  plans: string[];
  clusters?: string[];
}

interface OperatorsFile {
  people: { name: string; may?: Grant[]; tokens?: { may?: Grant[] }[] }[];
  senders: { name: string; plans: string[] }[];
  servers: { name: string; vouchesFor: Grant & { people: string[] } }[];
  unproven?: 'open' | 'closed';
}

export interface AskedRight {
  /** Person or sender. */
  who: string;
  /** `view`, a verb, what people may begin, or `deploy` of a sender. */
  thing: string;
  /** `token`: over HTTP or by the command line; `vouched`: straight to Temporal, with what the server says; `alone`: without. */
  way: 'token' | 'slack' | 'vouched' | 'alone' | 'webhook';
  /** Of `vouched`. */
  server?: string;
  cluster: string;
  namespace: string;
  plan: string;
}

/** Done by name, done as an emergency of somebody unverified, or refused. */
export type RightOutcome = 'proven' | 'unproven' | 'refused';

export function outcomeByTheFile(text: string, ask: AskedRight): RightOutcome {
  const file = parse(text) as OperatorsFile;
  if (ask.thing === 'deploy') return maySend(file, ask) ? 'proven' : 'refused';
  if (ask.way !== 'alone' && rightsFor(ask).every((one) => mayPerson(file, one))) return 'proven';
  const straight = ask.way === 'alone' || ask.way === 'vouched';
  return straight && ['pause', 'abort'].includes(ask.thing) && file.unproven !== 'closed' ? 'unproven' : 'refused';
}

/** A plan of one's own is run as well; whoever asks a server for a repair asks for a whole namespace. */
function rightsFor(ask: AskedRight): AskedRight[] {
  if (ask.thing === 'run-any-plan') return [ask, { ...ask, thing: 'run' }];
  return [ask.thing === 'repair' && ask.way === 'token' ? { ...ask, plan: '*' } : ask];
}

function maySend({ senders, servers }: OperatorsFile, ask: AskedRight): boolean {
  const { who, way, namespace, plan } = ask;
  const sender = senders.find(({ name }) => name === who);
  if (way === 'alone' || !sender?.plans.some((one) => like(one, `${namespace}/${plan}`))) return false;
  const server = servers.find(({ name }) => name === ask.server);
  return way === 'webhook' || (server !== undefined && covers(server.vouchesFor, { ...ask, thing: 'run' }));
}

function mayPerson({ people, servers }: OperatorsFile, ask: AskedRight): boolean {
  const person = people.find(({ name }) => name === ask.who);
  const inAny = (grants: Grant[]) => grants.some((grant) => covers(grant, ask));
  if (!person || !inAny(person.may ?? [])) return false;
  const scope = person.tokens?.[0]?.may;
  if (ask.way === 'token' && scope && !inAny(scope)) return false;
  if (ask.way !== 'vouched') return true;
  const server = servers.find(({ name }) => name === ask.server);
  return server?.vouchesFor.people.some((one) => like(one, ask.who)) === true && covers(server.vouchesFor, ask);
}

function covers({ verbs, plans, clusters = ['*'] }: Grant, { thing, cluster, namespace, plan }: AskedRight): boolean {
  const isThing = verbs.some((verb) => verb === '*' || verb === thing);
  const isPlan = plans.some((one) => like(one, `${namespace}/${plan}`));
  return isThing && isPlan && clusters.some((one) => like(one, cluster));
}

/** A star is any characters but a slash. */
function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^\w/-]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(text);
}
