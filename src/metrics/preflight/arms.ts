/** Whether series are this primary's and tell its pods apart, as the canary's will have to be. Pure. */
import type { Problem } from '../../contract/offer.ts';
import { plural } from '../../contract/words.ts';
import type { Sample } from '../prometheus.ts';
import type { SeriesFamily } from '../request-queries.ts';

/** How sentences call the counter of requests. */
export function counterOf({ requests }: SeriesFamily): string {
  const metric = requests[0]?.metric ?? '';
  return typeof metric === 'string' ? metric : metric.pattern;
}

/** @param pods of the primary, as the cluster has them */
export function labelProblems(family: SeriesFamily, series: Sample[], pods: string[]): Problem[] {
  const {
    pod,
    labels: [code = ''],
  } = family;
  const where = counterOf(family);
  if (!series.some(({ labels }) => labels[pod])) {
    const other = labelOf(series, (value) => pods.includes(value));
    const remedy = other
      ? `its pods are named by the label ${other}: make that the pod label of the metric source or of analysis.series`
      : `let the scrape configuration add a label ${pod} with the name of the pod`;
    return [{ where, problem: `the series have no label ${pod}, so canary and primary cannot be told apart`, remedy }];
  }
  if (series.some(({ labels }) => labels[code] !== undefined)) return [];
  const remedy = `name the label with the response code; there are ${labelNames(series).join(', ')}`;
  return [{ where, problem: `the series have no label ${code}, so failures cannot be seen`, remedy }];
}

/** Labels by which stores keep apart what several clusters write into them. */
const CLUSTERS = /cluster|tenant|region/;

/** Pods with series of this primary that the cluster does not have: of another cluster, or deleted a moment ago. */
export function foreignPods(
  family: SeriesFamily,
  series: Sample[],
  pods: string[],
): { problems: Problem[]; warnings: string[] } {
  const podOf = ({ labels }: Sample) => labels[family.pod] ?? '';
  const ours = series.filter((one) => pods.includes(podOf(one)));
  // a waypoint reports for the pods behind it, under its own name
  const others = series.filter((one) => one.labels.reporter !== 'waypoint' && podOf(one) && !pods.includes(podOf(one)));
  const names = [...new Set(others.map(podOf))];
  if (pods.length === 0 || names.length === 0) return { problems: [], warnings: [] };
  const what = `${plural(names.length, 'pod')} with series of this primary, such as ${names[0]}, ${names.length === 1 ? 'is' : 'are'} not in this cluster`;
  const label = labelNames(ours).find((name) => CLUSTERS.test(name) && separates(name, ours, others));
  if (!label)
    return {
      problems: [],
      warnings: [`${what}: deleted a moment ago, or of another cluster that writes into the same store`],
    };
  const remedy = `let the metric source select ${label}="${ours[0]?.labels[label]}"`;
  const problem = `${what}: several clusters write into one store, and their numbers would mix`;
  return { problems: [{ where: counterOf(family), problem, remedy }], warnings: [] };
}

/** The same value on all of ours, and on none of the others. */
function separates(name: string, ours: readonly Sample[], others: readonly Sample[]): boolean {
  const value = ours[0]?.labels[name];
  return ours.every(({ labels }) => labels[name] === value) && others.every(({ labels }) => labels[name] !== value);
}

/** The first label with such a value. */
export function labelOf(series: readonly Sample[], is: (value: string) => boolean): string | undefined {
  return labelNames(series).find((name) => series.some(({ labels }) => is(labels[name] ?? '')));
}

function labelNames(series: readonly Sample[]): string[] {
  return [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].filter((name) => name !== '__name__').sort();
}
