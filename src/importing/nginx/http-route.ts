/** An Ingress of ingress-nginx as routes of the Gateway API, one for each host. */
import { type ImportCase, metadataOf } from '../shared/case.ts';
import { type ArmBackend, httpRoute } from '../shared/companions.ts';
import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';

interface Replaced {
  /** The Service whose users are split. */
  service: string;
  /** Of the first host's route; further ones are numbered. */
  routeName: string;
  backends: ArmBackend[];
}

const ANNOTATION = 'nginx.ingress.kubernetes.io/';
/** The usual pattern: a prefix, and the rest in the second group. */
const PREFIX_AND_REST = /^(\/[\w./-]*)\(\/\|\$\)\(\.\*\)$/;
const HOST_NAME = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Puts the routes beside the plan. @returns names of those that lead to the Service */
export function ingressRoutes(one: ImportCase, ingress: Field, replaced: Replaced): string[] {
  one.open(ingress);
  const parentRefs = [parentOf(one, ingress)];
  const tls = ingress.at('spec', 'tls');
  if (tls.exists) tls.lose("TLS ends at the Gateway's listener");
  const managed: string[] = [];
  for (const [index, rule] of ingress.at('spec', 'rules').items().entries()) {
    const host = rule.at('host');
    if (host.text !== undefined && !HOST_NAME.test(host.text))
      host.change('this is no host name yet: write it in the HTTPRoute');
    else host.keep();
    const rules = rule
      .at('http', 'paths')
      .items()
      .map((path) => ruleOf(ingress, path, replaced));
    const name = index === 0 ? replaced.routeName : `${replaced.routeName}-${index + 1}`;
    one.companions.push(
      httpRoute({
        ...metadataOf(one, name),
        parentRefs,
        hostnames: host.text && [host.text],
        rules: rules.map((each) => each.rule),
      }),
    );
    if (rules.some((each) => each.managed)) managed.push(name);
  }
  return managed;
}

/** An Ingress that lies elsewhere. @returns the name of the route in its place */
export function noIngress(name: Field): string {
  name.change(
    `Ingress ${name.text} is not in the files: write an HTTPRoute ${name.text} of its hosts and paths, or import it beside`,
  );
  return name.text ?? '';
}

/** Nobody but the reader knows which Gateway is to serve them. */
function parentOf(one: ImportCase, ingress: Field): LooseTree {
  const kinds = [
    ingress.at('spec', 'ingressClassName'),
    ingress.at('metadata', 'annotations', 'kubernetes.io/ingress.class'),
  ];
  const [name = 'gateway', namespace] = one.options.gateway?.split('/').reverse() ?? [];
  const gateway = { name, namespace };
  const said = one.options.gateway ? '' : '; say --gateway NAMESPACE/NAME';
  for (const field of kinds) if (field.exists) field.change(`the Gateway ${gateway.name} takes its place${said}`);
  if (kinds.every(({ exists }) => !exists)) kinds[0]?.change(`the Gateway ${gateway.name} serves the route${said}`);
  return gateway;
}

function ruleOf(ingress: Field, path: Field, { service, backends }: Replaced): { rule: LooseTree; managed: boolean } {
  const backend = path.at('backend');
  const named = [backend.at('service', 'name'), backend.at('serviceName')].find(({ exists }) => exists);
  const port =
    ['number', 'name'].map((key) => backend.at('service', 'port', key)).find(({ exists }) => exists) ??
    backend.at('servicePort');
  const managed = named?.text === service;
  named?.keep();
  const users = Number(backends[0]?.port);
  if (managed && port.number !== undefined && port.number !== users) port.change(`${users}, the port of both Services`);
  else if (managed || port.number !== undefined) port.keep();
  else port.change('a port of a route is a number: write it');
  const { match, filters } = matchOf(ingress, path);
  const refs = managed ? backends : [{ name: named?.text, port: port.number }];
  return { rule: { matches: [match], filters, backendRefs: refs }, managed };
}

function matchOf(ingress: Field, path: Field): { match: LooseTree; filters?: LooseTree[] } {
  const [at, type] = [path.at('path'), path.at('pathType')];
  const rewrite = ingress.at('metadata', 'annotations', `${ANNOTATION}rewrite-target`);
  const [, prefix] = PREFIX_AND_REST.exec(at.text ?? '') ?? [];
  const rest = /^(\/[\w./-]*?)\/?\$2$/.exec(rewrite.text ?? '');
  if (prefix && rest) {
    for (const field of [at, type]) field.change(`PathPrefix ${prefix}, by whole parts of the path`);
    rewrite.change(`a URLRewrite that puts ${rest[1] || '/'} in place of ${prefix}`);
    return { match: pathMatch('PathPrefix', prefix), filters: [rewriteTo('ReplacePrefixMatch', rest[1] || '/')] };
  }
  const isPattern = /[()*+?[\]$^|\\]/.test(at.text ?? '');
  if (isPattern) at.change('a pattern: not every Gateway takes RegularExpression');
  else at.keep();
  if (type.text === 'ImplementationSpecific') type.change('a prefix, by whole parts of the path');
  else type.keep();
  const kind = isPattern ? 'RegularExpression' : type.text === 'Exact' ? 'Exact' : 'PathPrefix';
  const match = pathMatch(kind, at.text ?? '/');
  if (rewrite.text === undefined) return { match };
  if (/\$\d/.test(rewrite.text)) {
    rewrite.lose('it uses groups of the pattern, which a URLRewrite does not know');
    return { match };
  }
  rewrite.change('a URLRewrite of the whole path');
  return { match, filters: [rewriteTo('ReplaceFullPath', rewrite.text)] };
}

function pathMatch(type: string, value: string): LooseTree {
  return { path: { type, value } };
}

function rewriteTo(type: 'ReplacePrefixMatch' | 'ReplaceFullPath', value: string): LooseTree {
  const key = type === 'ReplacePrefixMatch' ? 'replacePrefixMatch' : 'replaceFullPath';
  return { type: 'URLRewrite', urlRewrite: { path: { type, [key]: value } } };
}
