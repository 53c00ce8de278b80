/** Audits of rollouts that are over, exported to the directory that the operator's file names. No rollout waits for it or hears of it. */
import type { Client } from '@temporalio/client';
import { keepEnded } from '../audit/keep-ended.ts';
import type { AuditExport } from '../contract/reconcile.ts';
import { CONTROL_MS } from '../contract/time-limits.ts';
import type { InstallationFile } from '../installation/index.ts';

/** After the result was handed over: until then its workflow is closed, and once more for one that was slow. */
const AFTER_MS = [5_000, 60_000];

/** @returns `exportAudits`: what is missing; `soon`: the same in a while. What fails, `sluice reconcile` says */
export function auditExports(client: Client, installation: InstallationFile) {
  const exportAudits = async ({ cluster }: { cluster: string }): Promise<AuditExport> => {
    const { audits } = await installation.current();
    return audits ? keepEnded(client, cluster, audits.dir, CONTROL_MS / 2) : { files: 0 };
  };
  const soon = (cluster: string) => {
    for (const ms of AFTER_MS) setTimeout(() => exportAudits({ cluster }).catch(() => undefined), ms).unref();
  };
  return { exportAudits, soon };
}
