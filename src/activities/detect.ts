/**
 * Checklist line 1: what is new, may it start, and which number does it get. Reads everything at once, writes twice: the
 * epoch with the delivery on the primary (guarded, so nobody else got the same), then the snapshot.
 */
import type { Detected, DetectInput, InCluster } from '../contract/detected.ts';
import { rolloutId } from '../contract/ids.ts';
import { type Offer, whyLate } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import type { Section } from '../contract/preflight.ts';
import type { Revision } from '../contract/revision.ts';
import { isImage } from '../kubernetes/objects/admission.ts';
import { annotation, ISSUED, storedDeliveries } from '../kubernetes/objects/annotations.ts';
import { autoscalersOf, boundsOf, listAutoscalers } from '../kubernetes/objects/autoscalers.ts';
import { type ConfigNow, type RevisionKey, readConfig } from '../kubernetes/objects/config.ts';
import {
  canaryPodLabels,
  type Deployment,
  getDeployment,
  identityKeys,
  primaryTemplate,
  replicasOf,
  templateLabels,
} from '../kubernetes/objects/deployments.ts';
import { missingPrimary, type PlanWorkloads } from '../kubernetes/objects/preflight.ts';
import { readObstacles } from '../kubernetes/objects/read-obstacles.ts';
import { autoscalerRef, deploymentRef, describeRef, uidsOf } from '../kubernetes/objects/refs.ts';
import { carriedId, imagesOf, newTemplate, revisionOf, sameTemplate } from '../kubernetes/objects/revisions.ts';
import { mixedImages, targetContainers, targetProblems } from '../kubernetes/objects/targets.ts';
import { retryConflicts } from '../kubernetes/writes/conflicts.ts';
import { noteOffered } from '../kubernetes/writes/note-offered.ts';
import {
  dropOldSnapshots,
  listSnapshots,
  newRevisionOf,
  type RolloutSnapshot,
  saveSnapshot,
} from '../kubernetes/writes/snapshot.ts';
import { formatImage, parseImage } from '../plan/image.ts';
import { unlistedImage } from '../plan/listed-image.ts';
import type { Inspection, inspectRoutes } from '../routers/index.ts';
import { type PreflightDeps, preflight } from './preflight/index.ts';
import { detectRepair } from './reconcile/detect-repair.ts';
import { allocate, highestEpoch } from './support/allocation.ts';
import { canarySource, sourceProblems, templateDecides } from './support/canary-source.ts';
import type { LoadTurns } from './support/load-turns.ts';
import { runningConfig, sameConfig } from './support/running-config.ts';

export interface DetectDeps extends InCluster, PreflightDeps {
  inspectRoutes: typeof inspectRoutes;
  /** When the offer was issued, ISO 8601, as a server vouches for it. Absent: nobody does. */
  issuedAt?: string;
  turns: Pick<LoadTurns, 'problems'>;
  /** Gets everything that was found out, also of a revision that runs already. Default: nobody wants to know. */
  tell?: (sections: Section[]) => void;
  /** `[]`: Secrets are no part of revisions, and that is said. Default: it is not known which there are. */
  revisionKeys?: readonly RevisionKey[];
}

const ATTEMPTS = 5;

/**
 * What a person can mend is an answer (`refused`), not an error.
 * @throws ClusterError
 * @throws Refusal when a later run has begun already
 */
export function detect(deps: DetectDeps, input: DetectInput): Promise<Detected> {
  const look = input.offer.kind === 'repair' ? detectRepair : detectOnce;
  // Somebody wrote the primary since we read it, perhaps another offer: everything is looked at again.
  return retryConflicts(() => look(deps, input), deps.client.signal, ATTEMPTS);
}

async function detectOnce(deps: DetectDeps, { offer, run, startedAt }: DetectInput): Promise<Detected> {
  const { client, clusterUid, issuedAt, revisionKeys = [] } = deps;
  const { plan } = offer;
  const unlisted = unlistedImage(plan, offer.event);
  if (unlisted) return { kind: 'refused', problems: [unlisted] };
  const [primary, canary, autoscalers, snapshots] = await Promise.all([
    getDeployment(client, plan.namespace, plan.workload.primary),
    getDeployment(client, plan.namespace, plan.workload.canary),
    listAutoscalers(client, plan.namespace),
    listSnapshots(client, plan),
  ]);
  if (!primary) return { kind: 'refused', problems: [missingPrimary(plan)] };
  const misfits = sourceProblems(offer, canary);
  if (misfits.length > 0) return { kind: 'refused', problems: misfits };

  const known = storedDeliveries(primary).find(({ id }) => id === offer.id);
  if (known && known.run !== run) return { kind: 'duplicate', rollout: rolloutId(plan.name, known.epoch) };
  const saved = known && snapshots.find(({ epoch }) => epoch === known.epoch);
  if (saved) return { kind: 'new', ...newRevisionOf(saved) };
  const late = known || !issuedAt ? undefined : whyLate(issuedAt, annotation(primary, ISSUED) ?? '');
  if (late)
    return { kind: 'refused', problems: [{ where: `the offer ${offer.id}`, problem: late, remedy: SEND_ANEW }] };

  const own = plan.workload.source === 'canary' ? canary : undefined;
  const { template } = (own ?? primary).spec;
  const labels = {
    primaryPodLabels: templateLabels(primary.spec.template),
    canaryPodLabels: own ? templateLabels(template) : canaryPodLabels({ primary, canary }, plan.workload.canaryLabels),
  };
  const [config, routes] = await Promise.all([
    readConfig(client, plan.namespace, template, revisionKeys),
    deps.inspectRoutes(client, plan, labels),
  ]);

  const source = canarySource(plan, canary, config, routes.intent);
  const pair = { primary, canary: source?.stops ? atZero(source.canary) : canary };
  const workloads: PlanWorkloads = { pair, autoscalers };
  const note = async () => {
    if (source && !deps.tell) await noteOffered(client, source.canary, source.mark, source.stops);
  };
  const { snapshot, unchanged } = compare(offer, workloads, config, { ...routes, clusterUid }, snapshots);
  if (source) snapshot.mark = source.mark;
  if (unchanged && !known && !deps.tell && config.problems.length === 0) {
    await note();
    return sayUnchanged(snapshot.revision, offer.event.image);
  }
  const obstacles = await readObstacles(client, plan, workloads.pair);
  snapshot.warnings.push(...obstacles.warnings, ...(deps.revisionKeys?.length === 0 ? secretsLeftOut(config) : []));
  const workload = [
    ...obstacles.problems,
    ...targetProblems(plan, { template, targets: snapshot.targets, where: whereOf(own ?? primary) }, offer.event.image),
    ...config.problems,
    ...deps.turns.problems(plan),
  ];
  snapshot.epoch = known?.epoch ?? nextEpoch(plan, workloads, routes, snapshots);
  const sections = await preflight(deps, { workloads, routes, workload, snapshot }, offer);
  deps.tell?.(sections);
  const problems = sections.flatMap((section) => section.problems);
  if (problems.length > 0) return { kind: 'refused', problems };
  snapshot.warnings = sections.flatMap(({ warnings }) => warnings);

  await note();
  if (!known) {
    const { epoch, previous } = snapshot;
    const delivery = { id: offer.id, epoch, run, startedAt };
    await allocate(client, primary, { plan, delivery, running: previous.id, issuedAt });
  }
  const epochs = snapshots.map(({ epoch }) => epoch);
  const [stored] = await Promise.all([
    saveSnapshot(client, snapshot),
    dropOldSnapshots(client, plan, epochs, snapshot.epoch),
  ]);
  return { kind: 'new', ...newRevisionOf(stored) };
}

function whereOf({ metadata: { namespace = '', name } }: Deployment): string {
  return describeRef(deploymentRef(namespace, name));
}

function atZero(canary: Deployment): Deployment {
  return { ...canary, spec: { ...canary.spec, replicas: 0 } };
}

const SEND_ANEW = 'send a new event, if that version is still wanted';

/** Registries are not asked: what another push has put under the same tag is unknown without its digest. */
function sayUnchanged(revision: Revision, image: string | undefined): Detected {
  const asked = parseImage(image ?? '');
  if (!asked || asked.digest) return { kind: 'unchanged', revision };
  const tag = asked.tag ?? 'latest';
  const unseen = `The event has the same tag (${tag}) and no digest, so a new push under it cannot be told from the old one: send ${formatImage({ ...asked, tag })}@sha256:… or a new tag.`;
  return { kind: 'unchanged', revision, unseen };
}

/** Everything that the rollout is about, its number apart. */
function compare(
  { plan, event }: Offer,
  { pair, autoscalers }: PlanWorkloads,
  config: ConfigNow,
  routes: Inspection & InCluster,
  snapshots: RolloutSnapshot[],
): { snapshot: RolloutSnapshot; unchanged: boolean } {
  const { primary, canary } = pair;
  const previousTemplate = primary.spec.template;
  const keys = identityKeys(pair, plan.workload.canaryLabels);
  const noted = snapshots.find(({ revision }) => revision.id === carriedId(primary, keys));
  const asked = noted?.newTemplate ?? previousTemplate;
  const own = plan.workload.source === 'canary' ? canary : undefined;
  const targets = targetContainers(plan, own?.spec.template ?? asked, event.image);
  const known = runningConfig(previousTemplate, config, snapshots);
  const running = revisionOf(previousTemplate, targets, known, keys);
  const previous = asNoted(running, carriedId(primary, keys), noted);
  // a digest that runs stays in the place of the tag that it was pinned for
  const has = [imagesOf(asked, targets), imagesOf(previousTemplate, targets)];
  const runs = has.some((images) => images.every((image) => isImage(image, event.image ?? '')));
  const { hashes } = config;
  const base = own ? primaryTemplate(own, primary, keys) : previousTemplate;
  const template = newTemplate(base, targets, runs || own ? undefined : event.image, hashes);
  const bounds = (name: string) => autoscalersOf(autoscalers, name).map(boundsOf)[0];
  const [primaryBounds, canaryBounds] = [bounds(plan.workload.primary), canary && bounds(plan.workload.canary)];
  // what was promoted may have a digest in the place of the tag that the canary has
  const same = [previousTemplate, ...(own ? [asked] : [])].some((one) => sameTemplate(one, template, keys));
  const imageDecides = own ? templateDecides(own, config) : event.image !== undefined;
  const revision = revisionOf(template, targets, hashes, keys);
  const unchanged = targets.length > 0 && same && sameConfig(previousTemplate, known, config, imageDecides);
  const scaled = autoscalersOf(autoscalers, plan.workload.primary, plan.workload.canary);
  const snapshot: RolloutSnapshot = {
    plan,
    clusterUid: routes.clusterUid,
    uids: { ...routes.uids, ...uidsOf(deploymentRef, primary, canary), ...uidsOf(autoscalerRef, ...scaled) },
    ...(!canary && { withoutCanary: true }),
    epoch: 0,
    targets,
    identityKeys: keys,
    previousTemplate,
    newTemplate: template,
    revision: unchanged
      ? { ...previous, config: known }
      : revision.id === running.id
        ? { ...previous, config: hashes }
        : revision,
    previous,
    primaryReplicas: replicasOf(primary),
    autoscalers: { ...(primaryBounds && { primary: primaryBounds }), ...(canaryBounds && { canary: canaryBounds }) },
    routeFound: routes.found,
    warnings: [
      ...(own ? [] : mixedImages(previousTemplate, targets)),
      ...warningsOf(plan, primaryBounds !== undefined, same),
    ],
  };
  return { snapshot, unchanged };
}

/** With the id that was noted and the image as its event gave it, whatever admission has made of them. */
function asNoted(running: Revision, id: string, noted: RolloutSnapshot | undefined): Revision {
  return { ...running, id, image: noted?.revision.image ?? running.image };
}

function secretsLeftOut({ contents }: ConfigNow): string[] {
  const secrets = contents.flatMap(({ kind, name }) => (kind === 'Secret' ? name : []));
  if (secrets.length === 0) return [];
  return [
    `the installation has no revisionKeys, so the contents of Secrets (${secrets.join(', ')}) are no part of the revision: a change of them rolls nothing out, and none is noticed before the promotion`,
  ];
}

function warningsOf({ scale, workload, analysis }: Plan, hasAutoscaler: boolean, configOnly: boolean): string[] {
  const warnings: string[] = [];
  if (configOnly) {
    warnings.push(
      'only configuration changed: it is edited in place, so an abort after the primary was touched holds on the canary until somebody puts the old content back',
    );
  }
  if (!scale.canary.matchWeight) {
    warnings.push('scale.canary.matchWeight is false: the canary is not sized for its share of the traffic');
  }
  if (scale.canary.autoscaler && !hasAutoscaler) {
    warnings.push(`scale.canary.autoscaler has no effect: no HorizontalPodAutoscaler scales ${workload.primary}`);
  }
  const [pods, other] = analysis.checks;
  if (pods?.builtin === 'podHealth' && !other) {
    warnings.push(`pods only: ${pods.name} sees no requests, so errors and slow answers stop nothing`);
  }
  return warnings;
}

function nextEpoch(
  plan: Plan,
  { pair, autoscalers }: PlanWorkloads,
  routes: Inspection,
  snapshots: RolloutSnapshot[],
): number {
  const { primary, canary } = plan.workload;
  const owned = autoscalersOf(autoscalers, primary, canary);
  const epochs = snapshots.map(({ epoch }) => epoch);
  return 1 + highestEpoch(plan, [pair.primary, pair.canary, ...owned], [routes.epoch ?? 0, ...epochs]);
}
