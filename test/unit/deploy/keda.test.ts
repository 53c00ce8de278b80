import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../../../src/contract/ids.ts';
import { ServerMetrics } from '../../../src/telemetry/server-metrics.ts';
import { readProjectFile } from '../../support/compose-file.ts';

const text = readProjectFile('deploy/keda.yaml');
const triggers: { type: string; metadata: Record<string, string> }[] = parse(text).spec.triggers;
const of = (wanted: string) => triggers.flatMap(({ type, metadata }) => (type === wanted ? [metadata] : []));

test('a task on any queue starts a worker, and no open workflow keeps it', () => {
  expect(of('temporal').map(({ taskQueue }) => taskQueue)).toEqual([
    WORKFLOW_QUEUE,
    clusterQueue('local'),
    waitQueue('local'),
  ]);
  for (const metadata of of('temporal')) expect(metadata).not.toHaveProperty('includeRunningWorkflowCount');
});

test('what keeps it is a query for metrics that a server has', () => {
  const [{ query = '', activationThreshold } = {}] = of('prometheus');
  expect(activationThreshold).toBe('0');
  const { registry } = new ServerMetrics(() => Promise.reject(new Error('not asked')));
  const names: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from, to }) => {
      expect(type.isError).toBe(false);
      if (type.name === 'Identifier') names.push(query.slice(from, to));
    },
  });
  expect(names).toEqual(['sluice_exposed', 'sluice_rollouts']);
  for (const name of names) expect(registry.getSingleMetric(name), name).toBeDefined();
});
