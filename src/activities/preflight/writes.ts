/** Preflight on writes: each kind of write that the rollout will make is made by its own activity, with nothing stored. */
import { atLeast, canaryNeeds, largestCanary } from '../../contract/capacity.ts';
import { rolloutId } from '../../contract/ids.ts';
import {
  AT_REST,
  describeIntent,
  mirrored,
  type RouteIntent,
  weighted,
  withAffinity,
  withMatch,
} from '../../contract/intent.ts';
import { partsOf } from '../../contract/plan-parts.ts';
import type { Examined, Findings } from '../../contract/preflight.ts';
import { STEPS, type StepName, stepNumber } from '../../contract/steps.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { CLUSTER_ERRORS, ClusterError } from '../../kubernetes/client/errors.ts';
import type { Deployment } from '../../kubernetes/objects/deployments.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import { type AdmittedChange, rehearsalOf } from '../../kubernetes/writes/rehearsal.ts';
import { type RolloutSnapshot, saveSnapshot } from '../../kubernetes/writes/snapshot.ts';
import { ROUTE_KINDS } from '../../routers/index.ts';
import { boundAutoscaler } from '../bound-autoscaler.ts';
import { createCanary } from '../create-canary.ts';
import { createDestinations } from '../create-destinations.ts';
import { route } from '../route.ts';
import { scaleCanary } from '../scale-canary.ts';
import { allocate } from '../support/allocation.ts';
import { writeVersion } from '../support/primary-version.ts';

/** One kind of write. Its result has a sentence where what is there then is not what was written. */
type Kind = [step: StepName, what: string, write: () => Promise<unknown>];

/** @throws ClusterError when the cluster does not answer as it should: nothing is known then */
export async function rehearseWrites(
  real: KubeClient,
  snapshot: RolloutSnapshot,
  primary: Deployment,
  delivery: string,
): Promise<Examined> {
  const changes: AdmittedChange[] = [];
  const client = rehearsalOf(real, (more) => changes.push(...more));
  // what an abort needs is read by others
  const found = await inTurn([['detect', 'keep what an abort needs', () => saveSnapshot(client, snapshot)]]);
  found.push(...(await Promise.all(chainsOf(client, snapshot, primary, delivery).map(inTurn))).flat());
  const problems = found.flatMap((one) => one.problems);
  const lost = changes.filter(isOurs);
  return {
    problems: [
      ...problems.filter((one, index) => problems.findIndex((other) => reasonOf(other) === reasonOf(one)) === index),
      ...described(lost).map(([where, words]) => {
        const remedy = 'take this object out of that policy, or let the plan ask for what it allows';
        return { where, problem: `admission changes what the rollout goes by: ${words}`, remedy };
      }),
    ],
    warnings: [
      ...found.flatMap((one) => one.warnings),
      ...described(changes.filter((one) => !lost.includes(one))).map(
        ([object, words]) => `admission changes ${object} on its way: ${words}`,
      ),
    ],
    facts: [
      `${found.length} kinds of write are admitted with the rights of this worker; quotas are not covered by this`,
    ],
  };
}

async function inTurn(chain: Kind[]): Promise<Findings[]> {
  const found: Findings[] = [];
  for (const kind of chain) found.push(await tried(kind));
  return found;
}

/** Each in turn, all of them at once. */
function chainsOf(client: KubeClient, snapshot: RolloutSnapshot, primary: Deployment, delivery: string): Kind[][] {
  const { plan, epoch, revision, previous, primaryReplicas, autoscalers, clusterUid, uids, withoutCanary } = snapshot;
  const rollout = rolloutId(plan.name, epoch);
  const target = { plan: partsOf(plan), cluster: '', clusterUid, rollout, epoch, fence: { epoch, seq: 1 }, uids };
  const replicas = largestCanary(plan, primaryReplicas);
  const own = plan.workload.source === 'canary';
  const note = () =>
    allocate(client, primary, { plan, delivery: { id: delivery, epoch, run: delivery }, running: previous.id });
  const scale = async () => {
    await createDestinations(client, target);
    if (withoutCanary) await createCanary(client, target);
    else await scaleCanary(client, { ...target, revision, replicas, template: true, hold: own });
  };
  const upgrade = () =>
    writeVersion(client, { ...target, replicas: primaryReplicas }, snapshot, 'new', snapshot.newTemplate);
  const hpa = (side: 'primary' | 'canary', wanted = plan.scale[side].autoscaler): Kind[] => {
    if (!autoscalers.primary || !wanted) return [];
    const bounds = atLeast(wanted, side === 'canary' ? replicas : primaryReplicas);
    return [[`${side}-autoscaler`, '', () => boundAutoscaler(client, { ...target, side, bounds })]];
  };
  const routed = (step: StepName, intent: RouteIntent): Kind[] => {
    const canary = canaryNeeds(plan, primaryReplicas, intent, false);
    const write = () => route(client, { ...target, intent, found: snapshot.routeFound, canary });
    return [[step, describeIntent(intent), write]];
  };
  const keep = plan.affinity && ({ phase: 'keep', value: rollout } as const);
  const first = plan.shift.weights[0] ?? 100;
  const match = (plan.match ?? []).map((stage) => stage.match);
  return [
    [['detect', 'note the rollout on the primary', note]],
    [['scale-canary', '', scale], ...hpa('canary')],
    ...(plan.mirror ? [routed('mirror', mirrored(plan.mirror.percent))] : []),
    ...(match.length > 0 ? [routed('route-canary', withMatch(AT_REST, match))] : []),
    routed('route-canary', withMatch(withAffinity(weighted(first), keep), match)),
    ...(first < 100 ? [routed('shift', withAffinity(weighted(100), keep))] : []),
    [['upgrade-primary', '', upgrade], ...hpa('primary', plan.scale.primary.autoscaler ?? autoscalers.primary)],
    ...(keep ? [routed('switch-back', withAffinity(AT_REST, { ...keep, phase: 'expire' }))] : []),
  ];
}

async function tried([step, what, write]: Kind): Promise<Findings> {
  const number = stepNumber(step);
  const words = `step ${number}, ${STEPS[number - 1]?.title}${what && ` (${what})`}`;
  try {
    const result = await write();
    if (typeof result !== 'object' || !result || !('sentence' in result)) return { problems: [], warnings: [] };
    const remedy = 'let whatever changes it leave this object as Sluice writes it';
    return { problems: [{ where: words, problem: String(result.sentence), remedy }], warnings: [] };
  } catch (error) {
    return refusal(words, error);
  }
}

/** @throws the error itself when it says nothing of the write */
function refusal(words: string, error: unknown): Findings {
  if (error instanceof Refusal) {
    return { problems: [{ where: words, problem: error.message, remedy: 'mend that first' }], warnings: [] };
  }
  if (!(error instanceof ClusterError)) throw error;
  const { object: where, reason, said } = error;
  if (/^admission webhook "[^"]*" does not support dry run/.test(said)) {
    const why = `${said} (its sideEffects would have to be None or NoneOnDryRun)`;
    return { problems: [], warnings: [`${where}: whether ${words} will be admitted is not known: ${why}`] };
  }
  if (error.retryable) throw error;
  const remedy = /denied/.test(said)
    ? 'let that policy or webhook allow it for Sluice, or change the plan so that it is not needed'
    : CLUSTER_ERRORS[reason].remedy;
  return { problems: [{ where, problem: `${words}${REFUSED}: ${said || reason}`, remedy }], warnings: [] };
}

const REFUSED = ' would be refused';

/** What refuses a step refuses the later ones that are like it, and is said once. */
function reasonOf({ where, problem }: Findings['problems'][number]): string {
  return where + problem.slice(problem.indexOf(REFUSED));
}

/** Sizes, notes and what is kept. A pod template may be changed, and routes say for themselves what they are. */
function isOurs({ path, sent }: AdmittedChange): boolean {
  return (
    sent !== undefined &&
    (path.startsWith('metadata') ? path.includes('sluice.dev/') : !path.startsWith('spec.template'))
  );
}

/** One sentence for each object, with three of its changes. */
function described(changes: AdmittedChange[]): [object: string, words: string][] {
  const others = changes.filter(
    ({ object, path }) => !(path.startsWith('spec') && ROUTE_KINDS.includes(object.split(' ')[0] ?? '')),
  );
  return Object.entries(Object.groupBy(others, ({ object }) => object)).map(([object, own = []]) => {
    const words = [...new Set(own.map(inWords))];
    return [object, words.slice(0, 3).join('; ') + (words.length > 3 ? ` and ${words.length - 3} more` : '')];
  });
}

function inWords({ path, sent, got }: AdmittedChange): string {
  const shown = (value: unknown) => JSON.stringify(value).slice(0, 120);
  if (got === undefined) return `${path} is taken out`;
  return `${path} is ${shown(got)}${sent === undefined ? '' : ` instead of ${shown(sent)}`}`;
}
