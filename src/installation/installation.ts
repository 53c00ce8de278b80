import type { MetricReference, WebReference } from '../contract/analysis.ts';
import { isLocalHost } from '../network/address.ts';
import type { PlanRule } from '../plan/index.ts';
import type { IdentityProvider } from './identity-provider-schema.ts';
import type { MetricSource, Secret, WebSource } from './metric-source-schema.ts';
import type { NotificationTarget } from './notification-targets.ts';
import type { Person, Server } from './people-schema.ts';
import type { DeploySender } from './sender-schema.ts';

/** Where plans are, bound to namespaces. */
export interface PlanSourceEntry {
  /** Absent: the one that a command line names. */
  name?: string;
  /** Directory of their files; absent: they are objects in the cluster. */
  dir?: string;
  /** Names, or patterns in which `*` stands for any characters. */
  namespaces: readonly string[];
}

/** What the operator's file says, defaults filled in. */
export interface Installation {
  /** Where its relative paths begin; absent: there is no file. */
  dir?: string;
  /** SHA-256 of its text, hex; absent: there is no file. */
  hash?: string;
  metricSources: readonly MetricSource[];
  /** Who answers web checks. */
  webSources: readonly WebSource[];
  /** Who may send deploy events. */
  senders: readonly DeploySender[];
  planSources: readonly PlanSourceEntry[];
  /** The first one is for new revisions, the others still compare. */
  revisionKeys: readonly { kid: string; key: Secret }[];
  /** Which addresses of Prometheus and of web checks plans may name. Default: none; without a file remote ones, in `sluice dev` any. */
  addressesInPlans: AddressesInPlans;
  /** `maxAge`: how long a vouched deploy event may wait, as text. */
  offers: { maxAge: string };
  /** Where news go besides mail; plans name them. */
  notificationTargets: readonly NotificationTarget[];
  /** Where audits of rollouts that are over are exported to; absent: nowhere. */
  audits?: { dir: string };
  /** The Slack app. */
  slack?: { signingSecret?: Secret; appToken?: Secret; address?: string };
  people: readonly Person[];
  /** Who proves people to a server. */
  identityProviders: readonly IdentityProvider[];
  /** Whom a worker believes when they say who asks. */
  servers: readonly Server[];
  /** Where the private key of this server is; absent: it vouches for nobody. */
  key?: Secret;
  /** Of pause and abort without a proof. */
  unproven: 'open' | 'closed';
  /** Packages that the server loads by name. */
  extensions: readonly string[];
  /** For browsers. `address`: where people reach the server; absent: they do on its own machine alone. `session`: as text. */
  web: { address?: string; session: string };
}

/** Without a file plans bring their addresses themselves, but none of the machine that asks. */
export const NO_INSTALLATION: Installation = {
  metricSources: [],
  webSources: [],
  senders: [],
  planSources: [],
  revisionKeys: [],
  addressesInPlans: 'remote',
  offers: { maxAge: '168h' },
  notificationTargets: [],
  people: [],
  identityProviders: [],
  servers: [],
  unproven: 'open',
  extensions: [],
  web: { session: '12h' },
};

/** `remote`: not of the machine that asks, its link or its cloud's metadata. */
export type AddressesInPlans = 'none' | 'remote' | 'any';

/** A source that the installation names, or an address that a plan brought. */
export type FoundSource = MetricSource & { remoteOnly?: boolean };
type FoundWeb = WebSource & { remoteOnly?: boolean };

/** Why a reference leads nowhere. */
export interface ReferenceProblem {
  /** Key beside which it stands. */
  key: 'source' | 'prometheus' | 'address';
  message: string;
  remedy: string;
}

/** The one place where a reference of a plan or a mirror becomes a source. */
export function findSource(
  { source = '', prometheus }: MetricReference,
  { dir, metricSources, addressesInPlans }: Installation,
): FoundSource | ReferenceProblem {
  const names = metricSources.map(({ name }) => name).join(', ');
  if (prometheus !== undefined) {
    const found = addressInPlan('prometheus', prometheus, addressesInPlans, names);
    return 'key' in found ? found : { ...found, warnings: 'incomplete' };
  }
  const found = metricSources.find(({ name }) => name === source);
  if (found) return found;
  const message = `there is no metric source ${source}${dir === undefined ? ': there is no installation file' : ' in the installation'}`;
  if (names) return { key: 'source', message, remedy: `write one of ${names}` };
  const remedy = addressesInPlans !== 'none' ? ', or write prometheus: and its address in the plan' : '';
  return { key: 'source', message, remedy: `add it to metricSources in sluice.yaml${remedy}` };
}

/** The same for a web check. */
export function findWeb(
  { source = '', address }: WebReference,
  { webSources, addressesInPlans }: Installation,
): FoundWeb | ReferenceProblem {
  const names = webSources.map(({ name }) => name).join(', ');
  if (address !== undefined) return addressInPlan('address', address, addressesInPlans, names);
  const found = webSources.find(({ name }) => name === source);
  const remedy = names ? `write one of ${names}` : 'add it to webSources in sluice.yaml';
  return found ?? { key: 'source', message: `there is no web source ${source} in the installation`, remedy };
}

function addressInPlan(
  key: 'prometheus' | 'address',
  address: string,
  allowed: AddressesInPlans,
  names: string,
): { name: ''; address: string; remoteOnly: boolean } | ReferenceProblem {
  const remoteOnly = allowed === 'remote';
  if (remoteOnly && isLocalHost(address)) return { key, ...LOCAL };
  if (allowed !== 'none') return { name: '', address, remoteOnly };
  const what = key === 'prometheus' ? 'metric' : 'web';
  const remedy = names ? `write source: and one of ${names}` : `ask who runs Sluice for a ${what} source`;
  return { key, message: 'the installation allows no addresses in plans', remedy };
}

const LOCAL = {
  message: 'the address is of the machine that asks, or of its cloud',
  remedy: 'name another server; addressesInPlans: any in sluice.yaml allows it',
};

/** Plans that run here name sources that exist, and addresses only where they may. */
export function sourceRule(installation: Installation): PlanRule {
  return ({ analysis, during }) => {
    if (during && installation.addressesInPlans !== 'any' && isLocalHost(during.address))
      return { path: ['spec', 'load', 'during', 'address'], ...LOCAL };
    const path = ['spec', 'analysis'];
    for (const [index, { builtin, ...check }] of analysis.checks.entries()) {
      const problem =
        builtin === undefined && 'web' in check && check.web && problemOf(findWeb(check.web, installation));
      if (problem) return placed([...path, 'checks', index, 'web'], problem);
    }
    if (analysis.source === undefined && analysis.prometheus === undefined) return undefined;
    const problem = problemOf(findSource(analysis, installation));
    return problem && placed(path, problem);
  };
}

function problemOf(found: object): ReferenceProblem | undefined {
  return 'key' in found ? (found as ReferenceProblem) : undefined;
}

function placed(path: (string | number)[], { key, ...words }: ReferenceProblem) {
  return { path: [...path, key], ...words };
}
