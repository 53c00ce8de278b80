import { parseImage } from '../../plan/index.ts';
import { type ImportCase, refuse } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';

/** The pair of Deployments, and the three Services that Flagger makes of one. */
export interface FlaggerTarget {
  canary: string;
  primary: string;
  /** Label by which Flagger tells the pods apart, with the canary's value. */
  label: string;
  value: string;
  canaryLabels: Record<string, string>;
  /** Name without arm. */
  service: string;
  port: number;
  /** Of the pods. */
  targetPort: number | string;
  deployment?: Field;
  images: string[];
}

/** Flagger's own order: the first of these that the Deployment selects by. */
const LABELS = ['app', 'name', 'app.kubernetes.io/name'];

export function targetOf(one: ImportCase, spec: Field): FlaggerTarget {
  const ref = spec.at('targetRef');
  const canary = ref.at('name').text ?? one.name;
  const deployment = one.find('Deployment', canary);
  const kind = ref.at('kind').text;
  if (kind !== 'Deployment')
    refuse(one, ref.at('kind'), `a ${kind ?? 'missing kind'} is no Deployment`, 'a plan rolls out Deployments alone');
  for (const key of ['apiVersion', 'kind', 'name']) ref.at(key).keep();
  const port = spec.at('service', 'port').number ?? 80;
  for (const key of ['port', 'name']) spec.at('service', key).keep();
  if (!spec.at('service', 'port').exists) spec.at('service', 'port').change('not said: 80');
  const { label, value } = labelOf(deployment, canary);
  if (!deployment)
    ref.remark(
      `Deployment ${canary} is not in the files: its selector is taken for ${label}: ${value}, and events are yours to add`,
    );
  return {
    canary,
    primary: `${canary}-primary`,
    label,
    value,
    canaryLabels: { [label]: value },
    service: spec.at('service', 'name').text ?? canary,
    port,
    targetPort: spec.at('service', 'targetPort').number ?? spec.at('service', 'targetPort').text ?? port,
    deployment,
    images: imagesOf(one, deployment),
  };
}

function labelOf(deployment: Field | undefined, fallback: string): { label: string; value: string } {
  const labels = deployment?.at('spec', 'selector', 'matchLabels').tree ?? {};
  const label = LABELS.find((key) => typeof labels[key] === 'string');
  return label ? { label, value: String(labels[label]) } : { label: 'app', value: fallback };
}

/** Repositories whose deploy events start a rollout; a text that is no image (a placeholder) is named. */
function imagesOf(one: ImportCase, deployment: Field | undefined): string[] {
  const containers = deployment?.at('spec', 'template', 'spec', 'containers').items() ?? [];
  const images = containers.slice(0, 1).flatMap((container) => {
    const image = parseImage(container.at('image').text ?? '');
    if (!image) container.at('image').change('this is no image name, so events are yours to add to the plan');
    return image ? [image.name] : [];
  });
  if (containers.length > 1)
    one.source
      .at('spec', 'targetRef')
      .remark(`${containers.length} containers: a deploy event changes ${images[0]} alone; add others to events`);
  return images;
}
