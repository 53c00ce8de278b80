/**
 * The table of truth: what a prober knows of a canary's users beside what a check says, on the lab's Envoys. Three shops at once: users
 * behind the gateway, users behind a sidecar, and calls by gRPC behind the gateway.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProberOptions, ProbeSummary } from '../../../lab/prober/index.ts';
import type { Check } from '../../../src/contract/analysis.ts';
import type { IntervalResult } from '../../../src/contract/verdict.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { Prometheus } from '../../../src/metrics/prometheus.ts';
import { apply, kubectl, lab } from '../../support/lab/cluster.ts';
import { program } from '../../support/lab/lab-app.ts';
import { CANARY, PRIMARY, Shop } from '../../support/lab/shop.ts';
import { checkInterval } from '../../support/whole-interval.ts';

const RATE = 30;
const INTERVAL_MS = 4_000;
const CHECKS: Check[] = [
  { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
  { name: 'duration', builtin: 'requestDuration', quantile: 0.9, maxMs: 1_000 },
];
const TO_CANARY = { 'x-arm': 'canary' };

type Via = 'gateway' | 'sidecar' | 'gRPC';
type Users = Partial<ProberOptions>;

/** What the canary's pods are told, how its users ask, and the verdict of the success rate. */
interface Case {
  control?: object;
  users?: Users;
  /** They also ask the primary. Default: as often, and patiently. */
  primaryUsers?: Users;
  verdict: 'pass' | 'fail';
  says?: RegExp;
  only?: Via[];
}

const IMPATIENT: Users = { url: '/slow400ms', timeout: 150, rate: 2 };
const HTTP: Via[] = ['gateway', 'sidecar'];

const CASES: Record<string, Case> = {
  good: { verdict: 'pass' },
  '5xx, or INTERNAL': { control: { errorPercent: 20 }, verdict: 'fail', says: /(?:79|8\d)(\.\d)? % of/ },
  reset: { control: { drop: true }, verdict: 'fail' },
  refused: { control: { refuse: true }, verdict: 'fail' },
  'caller left early': {
    users: IMPATIENT,
    primaryUsers: IMPATIENT,
    verdict: 'pass',
    says: /callers? left before an answer/,
  },
  'hangs until callers leave early': {
    control: { hang: true },
    users: { timeout: 300 },
    verdict: 'fail',
    says: /of the canary's/,
  },
  'hangs until callers had waited': {
    control: { hang: true },
    users: { timeout: 1_500 },
    verdict: 'fail',
    says: /left after more than 1000 ms/,
  },
  NOT_FOUND: { users: { url: '/Status5' }, verdict: 'pass', only: ['gRPC'] },
  'not found': { users: { url: '/status/404' }, verdict: 'pass', only: HTTP },
  'time-out of the route': { control: { slowMs: 3_000 }, verdict: 'fail', only: ['gateway'] },
};

class Bed {
  readonly via: Via;
  readonly shop: Shop;
  podHash = '';

  private constructor(via: Via, shop: Shop) {
    this.via = via;
    this.shop = shop;
  }

  static async create(via: Via): Promise<Bed> {
    const canary = { backendRefs: [CANARY], timeouts: { request: '2s' } };
    const headers = [{ name: 'x-arm', value: 'canary' }];
    const shop = await Shop.create(`outcome-${via.toLowerCase()}`, {
      replicas: 1,
      otherRules: [{ ...canary, matches: [{ headers }] }],
      ...(via === 'gRPC' && {
        grpc: true,
        http2: true,
        grpcRules: [{ matches: [{ method: { service: 'shop.Cart' }, headers }], backendRefs: [CANARY] }],
      }),
    });
    const bed = new Bed(via, shop);
    await apply([
      program({ name: 'shop-v2', namespace: shop.namespace }, { app: 'shop', version: 'v2' }, 'shop:v2', {
        replicas: 1,
        readinessPort: 15020,
      }),
    ]);
    await kubectl('-n', shop.namespace, 'rollout', 'status', 'deployment/shop-v2', '--timeout=60s');
    const pods = await kubectl('-n', shop.namespace, 'get', 'pods', '-l', 'version=v2', '-o', 'json');
    bed.podHash = JSON.parse(pods).items[0].metadata.labels['pod-template-hash'];
    return bed;
  }

  #users(arm: 'primary' | 'canary', { url = '/', ...users }: Users) {
    const { shop, via } = this;
    const path = via === 'gRPC' ? `/shop.Cart${url === '/' ? '/Get' : url}` : url;
    const common = {
      rate: RATE,
      timeout: 4_000,
      ...users,
      out: `${lab.dir}/probes/${shop.namespace}-${arm}-${Date.now()}.jsonl`,
    };
    if (via === 'sidecar') {
      const host = `${(arm === 'canary' ? CANARY : PRIMARY).name}.${shop.namespace}.svc.cluster.local:9080`;
      return shop.users({ ...common, url: `http://${host}${path}`, host, proxy: lab.meshProxy });
    }
    const host = via === 'gRPC' ? `grpc.${shop.host}` : shop.host;
    return shop.users({
      ...common,
      url: `${shop.gateway}${path}`,
      host,
      grpc: via === 'gRPC',
      ...(arm === 'canary' && { headers: TO_CANARY }),
    });
  }

  async run({
    control = {},
    users = {},
    primaryUsers = {},
  }: Case): Promise<{ result: IntervalResult; truth: ProbeSummary }> {
    await this.shop.behave('v2', { reset: true, ...control });
    const plan = this.shop.plan();
    const patient = users.url && !primaryUsers.url ? {} : users;
    const extra = users.rate ? [this.#users('canary', {}), this.#users('primary', {})] : [];
    const probers = [this.#users('canary', users), this.#users('primary', { ...patient, ...primaryUsers }), ...extra];
    await sleep(300);
    const input = {
      plan: { ...plan, analysis: { ...plan.analysis, checks: CHECKS } },
      cluster: 'local',
      clusterUid: 'uid',
      rollout: 'shop-1',
      epoch: 1,
      stage: 'live' as const,
      durationMs: INTERVAL_MS,
      podHash: this.podHash,
    };
    const deps = { client: connect({ kubeconfig: lab.kubeconfig }), prometheus: () => prometheus };
    const result = await checkInterval(deps, input, { signal: new AbortController().signal, heartbeat: () => {} });
    const [truth] = await Promise.all(probers.map((prober) => prober.stop()));
    await this.shop.behave('v2', { reset: true });
    // what was still under way must not count in the next case
    await sleep(2_500);
    return { result, truth: truth as ProbeSummary };
  }
}

let beds: Bed[];
let prometheus: Prometheus;

beforeAll(async () => {
  prometheus = new Prometheus(lab.prometheus);
  beds = await Promise.all((['gateway', 'sidecar', 'gRPC'] as const).map((via) => Bed.create(via)));
}, 180_000);

afterAll(async () => {
  await Promise.all((beds ?? []).map(({ shop }) => shop.remove()));
  await prometheus.close();
});

test.each(Object.entries(CASES))(
  '%s',
  async (name, one) => {
    const used = beds.filter(({ via }) => one.only?.includes(via) ?? true);
    const rows = await Promise.all(used.map(async (bed) => ({ via: bed.via, ...(await bed.run(one)) })));
    for (const { via, result, truth } of rows) {
      const [rate] = result.checks;
      console.info(
        `| ${name} | ${via} | ${truth.total} sent, ${truth.failed} failed | ${rate?.verdict}: ${rate?.sentence} |`,
      );
    }
    for (const { via, result } of rows) {
      const [rate] = result.checks;
      expect([via, rate?.verdict, rate?.sentence]).toEqual([via, one.verdict, expect.stringMatching(one.says ?? /./)]);
    }
  },
  30_000,
);
