/** Holds a result of the importer against what was written down by hand. */
import { readFileSync } from 'node:fs';
import { type Imported, importObjects, readObjects } from '../../../src/importing/index.ts';
import { parseDuration } from '../../../src/plan/index.ts';

const FOLDER = new URL('.', import.meta.url);

interface ExpectedPlan {
  router: string | null;
  routerOr?: string[];
  route?: string | null;
  strategy: string;
  weights: number[];
  every: (string | null)[];
  failureThreshold: number | null;
  prometheus: string | null;
  checks: { name: string; source: string; min?: number; max?: number | string; quantile?: number }[];
  podChecks: boolean;
  acceptance: {
    name: string;
    method: string;
    path: string;
    port?: number;
    body?: string;
    bodyContains?: string | null;
  }[];
  load: { requestsPerSecond: number; path: string; to: string } | null;
  mirror: unknown;
  affinity: unknown;
  approvals: object[];
  hooks: { on: string }[];
  scale: { kind: string; min: number; max: number } | null;
  workload: { primary: string; canary: string } | null;
  services: { primary: string; canary: string | null } | null;
}

export interface ExpectedImport {
  id: string;
  file: string;
  expected: ExpectedPlan;
  must_mention: string[];
  must_refuse: boolean;
  may_refuse: boolean;
}

export const EXPECTED: ExpectedImport[] = JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8'));

export interface Compared {
  id: string;
  outcome: 'expressible' | 'refused';
  kept: number;
  changed: number;
  lost: number;
  /** Where it is not what was written down; empty: right. */
  wrong: string[];
  imported: Imported;
}

// biome-ignore lint/suspicious/noExplicitAny: documents without a type; a wrong path is a wrong comparison
type Loose = { [key: string]: any };

export function compareOne(entry: ExpectedImport): Compared {
  const text = readFileSync(new URL(`manifests/${entry.file}`, FOLDER), 'utf8');
  const { objects, problems } = readObjects(text, entry.file);
  const [imported, ...more] = importObjects(objects, { namespace: 'default' });
  if (!imported || more.length > 0 || problems.length > 0) throw new Error(`${entry.id}: ${JSON.stringify(problems)}`);
  const count = (result: string) => imported.rows.filter((row) => row.result === result).length;
  const outcome = imported.plan ? 'expressible' : 'refused';
  const plan = imported.plan ? planFaults(imported.plan.spec as Loose, imported, entry.expected) : [];
  const wrong = [...decisionFaults(entry, outcome), ...unmentioned(entry, imported), ...plan];
  return {
    id: entry.id,
    outcome,
    kept: count('kept'),
    changed: count('changed'),
    lost: count('lost'),
    wrong,
    imported,
  };
}

function decisionFaults({ must_refuse, may_refuse }: ExpectedImport, outcome: Compared['outcome']): string[] {
  if (must_refuse && outcome !== 'refused') return [`must be refused, is ${outcome}`];
  return outcome === 'refused' && !must_refuse && !may_refuse ? ['is refused'] : [];
}

/** A line about a change, a loss or a refusal contains it. */
function unmentioned({ must_mention }: ExpectedImport, { rows, refusals }: Imported): string[] {
  const plain = (path: string) => path.replace(/\[\d+\]/g, '');
  const lines = [
    ...rows.filter(({ result }) => result !== 'kept').map((row) => `${row.object} ${plain(row.path)} ${row.note}`),
    ...refusals.map((one) => `${one.object} ${plain(one.path)} ${one.message}`),
  ];
  return must_mention
    .filter((part) => !lines.some((line) => line.includes(part)))
    .map((part) => `does not mention ${part}`);
}

function planFaults(spec: Loose, imported: Imported, expected: ExpectedPlan): string[] {
  const faults: string[] = [];
  const same = (what: string, is: unknown, wanted: unknown) => {
    if (JSON.stringify(is) !== JSON.stringify(wanted))
      faults.push(`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
  };
  const { traffic, shift } = spec;
  const kind: string = traffic.routes[0]?.kind;
  if (![expected.router, ...(expected.routerOr ?? [])].includes(kind)) faults.push(`router ${kind}`);
  if (expected.route && kind === expected.router) same('route', traffic.routes[0]?.name, expected.route);
  const all: { weight?: number; every: string }[] =
    shift.stages ?? shift.weights.map((weight: number) => ({ weight, every: shift.every }));
  const stages = all.filter(({ weight }) => weight !== undefined);
  same(
    'weights',
    stages.map(({ weight }) => weight),
    expected.weights,
  );
  for (const [index, every] of expected.every.entries())
    if (every)
      same(`every of ${expected.weights[index]}`, parseDuration(stages[index]?.every ?? ''), parseDuration(every));
  checkFaults(spec.analysis, expected, same);
  testFaults(spec, expected, same);
  same('approvals', spec.approvals ?? [], [...expected.approvals, ...gates(expected)]);
  if (expected.workload)
    same(
      'workload',
      [spec.workload.primary, spec.workload.canary],
      [expected.workload.primary, expected.workload.canary],
    );
  if (expected.scale && expected.scale.kind === 'HorizontalPodAutoscaler')
    same('scale', spec.scale?.primary?.autoscaler, { min: expected.scale.min, max: expected.scale.max });
  if (expected.services?.canary && kind !== 'Service') {
    same('primary', traffic.primary.service ?? traffic.primary.host, expected.services.primary);
    same('canary', traffic.canary.service ?? traffic.canary.host, expected.services.canary);
  }
  same('affinity', spec.affinity ?? null, expected.affinity);
  same('mirror', spec.mirror ?? null, expected.mirror);
  same(
    'companions without a name',
    imported.companions.filter((one) => !(one.metadata as Loose)?.name),
    [],
  );
  return faults;
}

type Same = (what: string, is: unknown, wanted: unknown) => void;

/** A gate that a machine answers is a person's approval while plans call nobody. */
function gates({ hooks }: ExpectedPlan): object[] {
  return hooks.filter(({ on }) => on === 'confirm-promotion').map(() => ({ before: 'promotion' }));
}

function checkFaults(analysis: Loose, expected: ExpectedPlan, same: Same): void {
  const sayable = expected.checks.filter(({ source }) => ['builtin', 'query'].includes(source));
  const isPodsAlone = analysis.checks.length === 1 && analysis.checks[0].builtin === 'podHealth';
  same('pod checks alone', isPodsAlone, sayable.length === 0);
  if (sayable.length > 0)
    same(
      'checks',
      analysis.checks.map(({ name, builtin, min, max, quantile }: Loose) => ({
        name,
        source: builtin ? 'builtin' : 'query',
        min,
        max,
        quantile,
      })),
      sayable.map(({ name, source, min, max, quantile }) => ({ name, source, min, max, quantile })),
    );
  if (sayable.length > 0) same('prometheus', analysis.prometheus ?? null, expected.prometheus);
  if (expected.failureThreshold !== null && sayable.length > 0)
    same('failureThreshold', analysis.failureThreshold, expected.failureThreshold);
}

function testFaults({ acceptance = [], load }: Loose, expected: ExpectedPlan, same: Same): void {
  same(
    'acceptance',
    acceptance.map(({ name, http }: Loose) => [
      name,
      http.method,
      http.path,
      http.port,
      http.body,
      http.expect.bodyContains,
    ]),
    expected.acceptance.map((one) => [
      one.name,
      one.method,
      one.path,
      one.port,
      one.body,
      one.bodyContains ?? undefined,
    ]),
  );
  same(
    'load',
    load ? [load.during.requestsPerSecond, load.path] : null,
    expected.load ? [expected.load.requestsPerSecond, expected.load.path] : null,
  );
}

/** For people: a line for each file. */
export function tableOf(compared: readonly Compared[]): string {
  const lines = compared.map(({ id, outcome, kept, changed, lost, wrong }) =>
    [
      id.padEnd(4),
      outcome.padEnd(11),
      `kept ${kept}`.padEnd(8),
      `changed ${changed}`.padEnd(11),
      `lost ${lost}`.padEnd(8),
      ...wrong.map((one) => `\n     ${one}`),
    ].join(' '),
  );
  const of = (outcome: string) => compared.filter((one) => one.outcome === outcome).length;
  const sum = (key: 'kept' | 'changed' | 'lost') => compared.reduce((total, one) => total + one[key], 0);
  return [
    ...lines,
    `${compared.length} files: ${of('expressible')} expressible, ${of('refused')} refused; fields: ${sum('kept')} kept, ${sum('changed')} changed, ${sum('lost')} lost`,
  ].join('\n');
}
