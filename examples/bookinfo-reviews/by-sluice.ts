/** The same from the plan: one image, and Sluice goes through the list. */
import { phaseRows, type Row, rollOut, type Stage } from '../support/index.ts';

export async function bySluice(stage: Stage): Promise<Row[]> {
  // At rest: the primary runs v1 and serves everybody, the canary has no replicas.
  await stage.deploy('manifests.yaml');
  await stage.apply('autoscaler.yaml');
  await stage.kubectl('-n', stage.namespace, 'scale', 'deployment/reviews-v2', '--replicas=0');
  const users = { url: `${stage.lab.gateway}/`, host: 'reviews.example' };
  const rows = phaseRows(await rollOut(stage, { image: 'reviews:v2', users }));
  return rows.map((row) => stage.tell(row));
}
