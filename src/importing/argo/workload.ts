import { parseImage } from '../../plan/index.ts';
import { ownAnnotations } from '../shared/annotations.ts';
import { type ImportCase, metadataOf, refuse, reject } from '../shared/case.ts';
import { declared } from '../shared/companions.ts';
import type { Field } from '../shared/field.ts';
import { isTree, type LooseTree, mapTexts } from '../shared/tree.ts';

/** Label that tells the arms apart: Argo's own, the hash of a template, is known to its controller alone. */
export const ARM = 'sluice-arm';

export interface RolloutPods {
  workload: LooseTree;
  events: LooseTree[];
  scale?: LooseTree;
  /** Labels of the pods as the Rollout has them. */
  labels: LooseTree;
  replicas: Field;
  /** Name of the primary's Deployment. */
  primary: string;
}

/** Label of a Rollout's pods. */
export const ARGO_HASH = 'rollouts-pod-template-hash';
/** So that a name with -canary is one still. */
const LONGEST_NAME = 56;
/** Of a Deployment under the same name. */
const SAME = ['replicas', 'revisionHistoryLimit', 'minReadySeconds', 'progressDeadlineSeconds'];

export function podsOf(one: ImportCase, spec: Field): RolloutPods {
  const primary = spec.at('workloadRef').exists ? referenced(one, spec) : ownDeployment(one, spec);
  const template = primary.template;
  return {
    primary: primary.name,
    workload: {
      primary: primary.name,
      canary: `${one.name.slice(0, LONGEST_NAME)}-canary`,
      canaryLabels: { [ARM]: 'canary' },
    },
    events: eventsOf(template),
    scale: scaleOf(one, primary.name),
    labels: template.at('metadata', 'labels').tree,
    replicas: spec.at('replicas'),
  };
}

interface Primary {
  name: string;
  template: Field;
}

/** The Rollout's pods as a Deployment beside it: it takes over when the routes lead there. */
function ownDeployment(one: ImportCase, spec: Field): Primary {
  const template = spec.at('template');
  if (!template.exists)
    refuse(one, template, 'the Rollout has no pod template', 'write spec.template or spec.workloadRef');
  template.change(
    `the template of Deployment ${one.name}, with the label ${ARM}: primary; the Rollout goes when users are there`,
  );
  const pod = withHash(template);
  const labels = spec.at('selector', 'matchLabels');
  if (!spec.at('selector').exists)
    reject(one, spec.at('selector'), 'there is no selector', 'write matchLabels with the labels of the template');
  labels.change(`and ${ARM}: primary, so that the two Deployments share no pod`);
  const same = SAME.map((key) => {
    spec.at(key).keep();
    return [key, spec.at(key).value];
  });
  const metadata = one.source.at('metadata');
  const annotations = ownAnnotations(metadata.at('annotations').value);
  for (const [key, stays] of Object.entries({ labels: metadata.at('labels').tree, annotations }))
    for (const name of Object.keys(stays ?? {})) metadata.at(key, name).keep('on the Deployment');
  const rolling = spec.at('strategy', 'canary');
  const update = Object.fromEntries(['maxSurge', 'maxUnavailable'].map((key) => [key, rolling.at(key).value]));
  for (const key of Object.keys(update)) rolling.at(key).keep('on the Deployment');
  const hasUpdate = Object.values(update).some((value) => value !== undefined);
  one.companions.push({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...metadataOf(one, one.name),
      labels: metadata.at('labels').value,
      annotations,
    },
    spec: {
      ...Object.fromEntries(same),
      selector: { matchLabels: { ...labels.tree, [ARM]: 'primary' } },
      strategy: hasUpdate ? { type: 'RollingUpdate', rollingUpdate: update } : undefined,
      template: pod,
    },
  });
  return { name: one.name, template };
}

function withHash(template: Field): LooseTree {
  const metadata = template.at('metadata').tree;
  const named = JSON.stringify(template.value ?? {}).includes(ARGO_HASH);
  if (named)
    template.at('spec').remark(`${ARGO_HASH}, which pods of a Deployment do not have, became pod-template-hash`);
  const spec = mapTexts(template.at('spec').value, (text) => (text === ARGO_HASH ? 'pod-template-hash' : text));
  return {
    metadata: { ...metadata, labels: { ...(isTree(metadata.labels) ? metadata.labels : {}), [ARM]: 'primary' } },
    spec,
  };
}

/** Its Deployment is the primary already; Argo has scaled it to zero. */
function referenced(one: ImportCase, spec: Field): Primary {
  const ref = spec.at('workloadRef');
  const name = ref.at('name').text ?? one.name;
  const deployment = one.find(ref.at('kind').text ?? 'Deployment', name);
  if (ref.at('kind').text !== 'Deployment')
    refuse(one, ref, 'the pods are no Deployment’s', 'a plan rolls out Deployments alone');
  for (const key of ['apiVersion', 'kind', 'name']) ref.at(key).keep('workload.primary');
  spec
    .at('replicas')
    .change(
      `scale Deployment ${name} to it before users are led there, and give it the label ${ARM}: primary in selector and template: a selector cannot be changed, so it is made anew`,
    );
  return { name, template: deployment?.at('spec', 'template') ?? spec.at('template') };
}

/** An event changes the containers of its image's repository; the first one's is taken for the program. */
function eventsOf(template: Field): LooseTree[] {
  const containers = template.at('spec', 'containers');
  const [first, ...others] = containers.items();
  const image = first && parseImage(first.at('image').text ?? '');
  if (others.length > 0)
    containers.remark(
      `${others.length + 1} containers: a deploy event of ${first?.at('image').text} changes ${first?.at('name').text} alone; add others to events`,
    );
  if (image) return [{ image: image.name }];
  containers.remark(`${first?.at('image').text ?? 'nothing'} is no image name, so events are yours to add to the plan`);
  return [];
}

function scaleOf(one: ImportCase, primary: string): LooseTree | undefined {
  const scaler = one
    .all('HorizontalPodAutoscaler')
    .find(
      (field) =>
        field.at('spec', 'scaleTargetRef', 'kind').text === 'Rollout' &&
        field.at('spec', 'scaleTargetRef', 'name').text === one.name,
    );
  if (!scaler) return undefined;
  const target = scaler.at('spec', 'scaleTargetRef');
  target.change(`scales Deployment ${primary} in place of the Rollout`);
  const { spec, ...rest } = declared(one, scaler.object.value);
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: primary };
  one.companions.push({ ...rest, spec: { ...(isTree(spec) ? spec : {}), scaleTargetRef } });
  const bounds = { min: scaler.at('spec', 'minReplicas').number ?? 1, max: scaler.at('spec', 'maxReplicas').number };
  return { canary: { autoscaler: bounds }, primary: { autoscaler: bounds } };
}
