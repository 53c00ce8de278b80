/** What the chart says in the words of the plain files of deploy/: Helm packs nothing from outside of a chart, and no links. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');

const SOURCES = [
  '{rbac,policies,network-policies,keda}.yaml',
  'features/*.yaml',
  'prometheus/rules.yaml',
  'grafana/*.json',
];

/** Text of each file of deploy/chart/files that is a copy, by its path in both. */
export function chartFiles(): Record<string, string> {
  const paths = globSync(SOURCES, { cwd: DEPLOY }).sort();
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(DEPLOY, path), 'utf8')]));
}
