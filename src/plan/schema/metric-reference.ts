import type { MetricReference } from '../../contract/analysis.ts';
import { dnsLabel, prometheusUrl } from './scalars.ts';
import { rule } from './section.ts';

/** Where the numbers of a plan or a mirror come from. */
export const metricReference = {
  source: dnsLabel('default')
    .optional()
    .describe('A metric source of the installation; default: default, unless prometheus is there'),
  prometheus: prometheusUrl
    .optional()
    .describe(
      'Base URL of the Prometheus HTTP API, where the installation allows addresses in plans; default: the source',
    ),
};

export const oneReference = rule<MetricReference>(['source', 'prometheus'], ({ source, prometheus }, report) => {
  if (source === undefined || prometheus === undefined) return;
  report(['prometheus'], 'the numbers come from the metric source already', 'remove prometheus, or source');
});
