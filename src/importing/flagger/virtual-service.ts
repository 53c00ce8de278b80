import { type ImportCase, metadataOf } from '../shared/case.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';
import type { FlaggerTarget } from './target.ts';

/** Fields that a VirtualService's rule has under the same name. */
const OF_RULE = ['match', 'rewrite', 'timeout', 'retries', 'headers', 'corsPolicy'];

/** The VirtualService as Flagger makes it, at rest, and the DestinationRules of its two hosts. */
export function virtualService(one: ImportCase, spec: Field, target: FlaggerTarget): void {
  const { service: name } = target;
  const from = spec.at('service');
  const rule: LooseTree = {};
  for (const key of OF_RULE) {
    from.at(key).copy('in the VirtualService');
    rule[key] = from.at(key).value;
  }
  const delegated = from.at('delegation').value === true;
  for (const key of ['gateways', 'hosts', 'delegation']) from.at(key).keep('in the VirtualService');
  const hosts = from
    .at('hosts')
    .items()
    .map(({ text }) => text);
  const gateways = from
    .at('gateways')
    .items()
    .map(({ text }) => text);
  rule.route = [
    { destination: { host: `${name}-primary` }, weight: 100 },
    { destination: { host: `${name}-canary` }, weight: 0 },
  ];
  one.companions.push({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: metadataOf(one, name),
    spec: delegated
      ? { http: [rule] }
      : {
          hosts: hosts.includes('*') || hosts.includes(name) ? hosts : [...hosts, name],
          gateways: gateways.length > 0 ? gateways : ['mesh'],
          http: [rule],
        },
  });
  destinationRules(one, from.at('trafficPolicy'), name);
  others(one, name);
}

function destinationRules(one: ImportCase, policy: Field, name: string): void {
  if (!policy.exists) return;
  policy.copy('in a DestinationRule for each side');
  for (const host of [`${name}-primary`, `${name}-canary`])
    one.companions.push({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: metadataOf(one, host),
      spec: { host, trafficPolicy: policy.value },
    });
}

/** Of the same name: what Git says and Flagger has replaced. Another one that leads to the Service goes past the weights. */
function others(one: ImportCase, name: string): void {
  for (const found of one.all('VirtualService')) {
    const hosts = found
      .at('spec', 'http')
      .items()
      .flatMap((http) => http.at('route').items());
    const leads = hosts.some((route) => route.at('destination', 'host').text?.split('.')[0] === name);
    if (found.object.name === name)
      found
        .at('spec', 'http')
        .change(
          'Flagger has replaced it in the cluster: the one beside the plan has both destinations',
          'remove it from the files: applying it again takes the weights away',
        );
    else if (leads)
      found
        .at('spec', 'http')
        .lose(`leads to ${name} past the weights`, 'remove it, or delegate to the one of the Canary');
  }
}
