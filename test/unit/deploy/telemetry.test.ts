/** What reads the metrics speaks of those that there are: board, alerts, documents. */
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ServerMetrics } from '../../../src/telemetry/server-metrics.ts';
import { WorkerMetrics } from '../../../src/telemetry/worker-metrics.ts';
import { readCompose, readProjectFile } from '../../support/compose-file.ts';

interface Metric {
  name: string;
  type: string;
  help: string;
  labelNames: string[];
}

const registries = [
  new ServerMetrics(() => Promise.reject(new Error('not asked'))),
  new WorkerMetrics(() => false),
].map(({ registry }) => registry.getMetricsAsArray() as unknown as Metric[]);
const metrics = [...new Map(registries.flat().map((metric) => [metric.name, metric])).values()];
const labels = new Set(metrics.flatMap(({ labelNames }) => labelNames));

/** Names of series, as Prometheus stores them. */
const series = new Set(
  metrics.flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  ),
);

/** What is wrong with a query: its grammar, or names of what does not exist. */
function problems(query: string): string[] {
  const text = query.replaceAll('$__rate_interval', '1m');
  const wrong: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to }) => {
      const part = text.slice(from, to);
      if (type.isError) wrong.push(`no PromQL at ${from}: ${text}`);
      if (type.name === 'Identifier' && text.slice(from).startsWith('sluice_') && !series.has(part)) wrong.push(part);
      if (type.name === 'LabelName' && !labels.has(part) && part !== 'le') wrong.push(part);
    },
  });
  return wrong;
}

describe('the board', () => {
  const board = JSON.parse(readProjectFile('deploy/grafana/sluice.json')) as {
    panels: { title: string; datasource: { uid: string }; targets: { expr: string; datasource: { uid: string } }[] }[];
    templating: { list: { name: string; type: string; definition?: string }[] };
  };
  const targets = board.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

  it.each(targets)('$title asks for what there is', ({ expr, datasource }) => {
    expect(problems(expr)).toEqual([]);
    expect(expr).toMatch(/\bsluice_/);
    expect(datasource.uid).toMatch(/^\$\{datasource\}$/);
  });

  it('lets people choose a Prometheus, and has no other variable than it declares', () => {
    const declared = board.templating.list.map(({ name }) => name);
    expect(board.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const used = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name));
    expect(new Set(used)).toEqual(new Set([...declared.slice(1), '__rate_interval']));
    for (const { definition } of board.templating.list.slice(1)) expect(definition).toContain('sluice_rollouts');
  });
});

describe('the alerts', () => {
  const { groups } = parse(readProjectFile('deploy/prometheus/rules.yaml'));
  const rules: { alert: string; expr: string }[] = groups[0].rules;

  it.each(rules)('$alert asks for what there is', ({ expr }) => {
    expect(problems(expr)).toEqual([]);
  });

  it('are those that people are told what to do at', () => {
    const told = [...readProjectFile('docs/use/telemetry.md').matchAll(/^\| `(Sluice\w+)` \|/gm)].map(
      ([, name]) => name,
    );
    expect(told).toEqual([...new Set(rules.map(({ alert }) => alert))]);
  });

  it('are each tried by promtool', () => {
    const { tests } = parse(readProjectFile('deploy/prometheus/rules.test.yaml'));
    const tried = tests.flatMap(
      ({ alert_rule_test: all }: { alert_rule_test: { alertname: string; exp_alerts?: object }[] }) =>
        all.filter(({ exp_alerts }) => exp_alerts).map(({ alertname }) => alertname),
    );
    expect(new Set(tried)).toEqual(new Set(rules.map(({ alert }) => alert)));
  });
});

it('a query for what is not there is found', () => {
  expect(problems('sum(sluice_rollout)')).toEqual(['sluice_rollout']);
  expect(problems('sum by (plan) (sluice_rollouts{person="mo"})')).toEqual(['plan', 'person']);
  expect(problems('sum(')).not.toEqual([]);
});

it('the document lists every metric as the code has it', () => {
  const rows = readProjectFile('docs/use/telemetry.md').match(/^\| `sluice_.*$/gm);
  const expected = metrics.map(({ name, type, labelNames, help }) => {
    return `| \`${name}\` | ${type} | ${labelNames.filter((label) => label !== 'le').join(', ') || '–'} | ${help} |`;
  });
  expect(rows).toEqual(expected);
});

it('no label is for what has no bounds', () => {
  const bounded = ['cluster', 'namespace', 'state', 'kind', 'task_queue', 'type', 'version'];
  const counted = ['activity', 'write', 'result', 'verdict', 'channel', 'sender', 'route', 'code', 'le'];
  expect([...labels].filter((label) => ![...bounded, ...counted].includes(label))).toEqual([]);
});

describe('who may read them', () => {
  it('in Kubernetes: what runs in the namespace of the monitoring', () => {
    const policies = parseAllDocuments(readProjectFile('deploy/network-policies.yaml')).map((one) => one.toJS());
    for (const part of ['server', 'worker']) {
      const { ingress } = policies.find(({ metadata }) => metadata.name === part).spec;
      const [rule] = ingress.filter(({ ports }: { ports: { port: unknown }[] }) => ports[0]?.port === 'metrics');
      const from = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
      expect(rule.from).toEqual([from]);
    }
  });

  it("in Compose: the project's own Prometheus, and nobody outside", () => {
    const services = readCompose({ SLUICE_CI_SECRET: 'whsec_x', POSTGRES_PASSWORD: 'x', SLUICE_KUBECONFIG: './k' });
    const { scrape_configs, rule_files } = parse(readProjectFile('deploy/compose/prometheus.yml'));
    const job = scrape_configs.find(({ job_name }: { job_name: string }) => job_name === 'sluice');
    expect(job.static_configs[0].targets).toEqual(['server:9464', 'worker:9464']);
    for (const part of ['server', 'worker']) {
      const { command = [], ports = [] } = services[part] ?? {};
      expect(command[command.indexOf('--metrics') + 1]).toBe('0.0.0.0:9464');
      expect(ports.join()).not.toContain('9464');
    }
    const mounts = services.prometheus?.mounts.map(({ source, target }) => [source, target]);
    expect(mounts).toContainEqual(['./deploy/prometheus/rules.yaml', rule_files[0]]);
  });
});
