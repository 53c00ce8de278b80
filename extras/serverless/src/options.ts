/** What functions read from their environment: they are given no arguments. */
import type { ServerOptions } from 'sluice/server';
import { openInstallation, ownPlans, type WorkerProcessOptions } from 'sluice/worker';

type Environment = Record<string, string | undefined>;

/**
 * SLUICE_CLUSTER (default `local`), SLUICE_INSTALLATION (path of the operator's file), SLUICE_BUILD_ID (needed: Temporal starts workers
 * of a version), KUBECONFIG or the pod's service account, SLUICE_SMTP_URL, SLUICE_MAIL_FROM, and Temporal's own variables. SLUICE_PLANS
 * with SLUICE_PLAN_NAMESPACES (comma-separated) where the installation names no plan sources.
 * @throws RangeError that names the variable
 */
export async function workerFromEnvironment(env: Environment = process.env): Promise<WorkerProcessOptions> {
  const { SLUICE_BUILD_ID: buildId, SLUICE_SMTP_URL: smtpUrl, SLUICE_MAIL_FROM: mailFrom } = env;
  if (!buildId)
    throw new RangeError(
      'SLUICE_BUILD_ID is not set: write the version that Temporal was told of, see docs/use/serverless.md',
    );
  const given = await both(env);
  const { plansDir, planNamespaces } = plansIn(env);
  const plans = ownPlans(given.installation, plansDir, planNamespaces);
  return { ...given, plans, versioning: { buildId }, smtpUrl, mailFrom };
}

/** The same, but for version, cluster's login and mail. */
export async function serverFromEnvironment(env: Environment = process.env): Promise<ServerOptions> {
  return { ...(await both(env)), ...plansIn(env) };
}

function plansIn({ SLUICE_PLANS: plansDir, SLUICE_PLAN_NAMESPACES: namespaces }: Environment) {
  return { plansDir, planNamespaces: namespaces?.split(',') };
}

async function both({ SLUICE_CLUSTER: cluster, SLUICE_INSTALLATION: file }: Environment) {
  return { cluster, installation: file === undefined ? undefined : await openInstallation(file) };
}
