/** Step 1 as the worker makes it, with nothing stored: for `sluice doctor` and the API. */
import { detect } from '../activities/detect.ts';
import type { Plan } from '../contract/plan.ts';
import type { Section } from '../contract/preflight.ts';
import { type InstallationFile, metricSources, noFile, revisionKeys } from '../installation/index.ts';
import { clusterUid, connect, rehearsalOf } from '../kubernetes/index.ts';
import { inspectRoutes } from '../routers/index.ts';

/** A source that is away is asked again for so long, ms: somebody waits. */
const PATIENCE_MS = 10_000;

export interface Examination {
  plan: Plan;
  /** Default: the one that runs. */
  image?: string;
  kubeconfig?: string;
  /** Default: there is none. */
  installation?: InstallationFile;
}

/** @throws ClusterError, UnknownCluster, SourceAway: what keeps from knowing is no verdict */
export async function examine(
  { plan, image, kubeconfig, installation }: Examination,
  signal: AbortSignal,
): Promise<Section[]> {
  const event = {
    source: 'doctor',
    deliveryId: 'doctor',
    receivedAt: new Date().toISOString(),
    ...(image && { image }),
  };
  const offer = { id: 'doctor', event, plan };
  const connection = connect({ kubeconfig });
  let sections: Section[] = [];
  try {
    const deps = {
      client: rehearsalOf(connection.until(signal), () => {}),
      clusterUid: await clusterUid(connection.until(signal)),
      inspectRoutes,
      prometheus: metricSources(installation ?? noFile('any')),
      // what a worker sends in load tests is its own setting
      turns: { problems: () => [] },
      // only workers need to have them
      revisionKeys: installation && (await revisionKeys(installation)().catch(() => undefined)),
      tell: (found: Section[]) => {
        sections = found;
      },
    };
    const detected = await detect({ ...deps, patienceMs: PATIENCE_MS }, { offer, cluster: '', run: offer.id });
    if (detected.kind !== 'refused' || sections.length > 0) return sections;
    return [{ subject: 'cluster', problems: detected.problems, warnings: [], facts: [] }];
  } finally {
    await connection.close();
  }
}
