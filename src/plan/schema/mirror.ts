/** A mirror as people write it (kind `MirrorPlan`), and how it becomes what the workflow is started with. */
import { z } from 'zod';
import { isPlain, MAX_MIRROR_NAME, type MirrorSpec, SAFE_METHODS } from '../../contract/mirror.ts';
import { MIRROR_KINDS } from '../../routers/registry.ts';
import { parseDuration } from '../duration.ts';
import { loadSections } from '../load.ts';
import { formatPath, type PlanProblem } from '../problem.ts';
import { resolveReference } from '../resolve.ts';
import { expects, readWording } from '../wording.ts';
import { metricReference, oneReference } from './metric-reference.ts';
import { API_VERSION } from './plan.ts';
import {
  constant,
  dnsLabel,
  duration,
  flag,
  headers,
  host,
  httpPath,
  method,
  objectName,
  shortText,
  whole,
} from './scalars.ts';
import { list, rule, section } from './section.ts';

const metadata = section({
  name: dnsLabel('watch')
    .max(MAX_MIRROR_NAME, { error: expects(`a name of at most ${MAX_MIRROR_NAME} characters, for example watch`) })
    .describe('Name of the mirror, one at a time in its namespace'),
  namespace: dnsLabel('demo')
    .default('default')
    .describe('Namespace of the mirror, and of its route unless that says otherwise'),
});

const destination = section({
  host: host.describe('Service or host as the route writes it, name.namespace, or a host outside the mesh'),
  subset: dnsLabel('v1').optional().describe('Subset of a DestinationRule; Istio only'),
  port: whole(1, 65_535, 9080).optional().describe('Port of the Service, where it has several'),
});

const match = section({
  methods: list(method, 'methods, for example [GET]', { min: 1 })
    .optional()
    .describe('Copy only these methods; default: GET, HEAD and OPTIONS, or all with unsafeMethods'),
  pathPrefix: httpPath.optional().describe('Copy only requests whose path begins so; default: any path'),
  headers: headers
    .optional()
    .describe('Copy only requests whose headers have exactly these values; default: any headers'),
});

const spec = section({
  route: section({
    kind: z.enum(MIRROR_KINDS, { error: expects(MIRROR_KINDS.join(', ')) }).describe('Kind of the route'),
    name: objectName('reviews').describe('Name of the route'),
    namespace: dnsLabel('demo').optional().describe('Namespace of the route; default: the namespace of the mirror'),
    rules: list(shortText('the name of a rule', 253), 'the names of rules, for example [reviews]', { min: 1 })
      .optional()
      .describe('Names of the rules to mirror; default: every rule that routes to `from`'),
  }).describe('The route whose requests are copied'),
  from: destination.describe('Rules that route to it with a weight above 0 are mirrored'),
  to: destination.describe('Who gets the copies; its answers are thrown away'),
  percent: whole(1, 100, 100).default(100).describe('Share of the requests that are copied'),
  duration: duration('60s', { min: '1s', max: '720h' })
    .optional()
    .describe('How long it lasts; default: until somebody stops it'),
  match: match.optional().describe('Copy only requests that meet all of it; default: every request'),
  unsafeMethods: flag
    .default(false)
    .describe(`Copy requests that may change something, too; otherwise only ${SAFE_METHODS.join(', ')}`),
  ...metricReference,
})
  .check(
    oneReference,
    rule(['from', 'to'], ({ from, to }, report) => {
      if (from.host !== to.host || from.subset !== to.subset || from.port !== to.port) return;
      report(['to'], 'this is the destination that is mirrored', 'name another one');
    }),
  )
  .check(
    rule(['match', 'unsafeMethods'], (value, report) => {
      const unsafe = (value.match?.methods ?? []).filter((one) => !SAFE_METHODS.some((safe) => safe === one));
      if (unsafe.length === 0 || value.unsafeMethods) return;
      const remedy =
        'allow it (unsafeMethods: true, or --unsafe-methods) if the target may do it a second time, or leave it out';
      report(['match', 'methods'], `${unsafe.join(', ')} may change something`, remedy);
    }),
  );

export const mirrorDocument = section({
  apiVersion: constant(API_VERSION).describe('Version of this format'),
  kind: constant('MirrorPlan').describe('What the file is'),
  metadata: metadata.describe('What the mirror is called'),
  spec: spec.describe('What is copied, from where to where'),
});

type MirrorDocument = z.output<typeof mirrorDocument>;

export type MirrorResult = { spec: MirrorSpec } | { problems: PlanProblem[] };

/** Reads one mirror. @param file name shown in problems */
export function loadMirrorText(text: string, file: string, cluster: string): MirrorResult {
  const loaded = loadSections(mirrorDocument, text, file);
  return 'value' in loaded ? { spec: resolveMirror(loaded.value, cluster) } : loaded;
}

/** What is wrong with values that did not come from a file, by their place in the document. */
export interface MirrorProblem {
  /** `spec.percent` */
  path: string;
  message: string;
  remedy: string;
}

/** @param value of the document without `apiVersion` and `kind` */
export function readMirrorValue(
  value: { metadata: object; spec: object },
  cluster: string,
): { spec: MirrorSpec } | { problems: MirrorProblem[] } {
  const parsed = mirrorDocument.safeParse({ apiVersion: API_VERSION, kind: 'MirrorPlan', ...value });
  if (parsed.success) return { spec: resolveMirror(parsed.data, cluster) };
  return {
    problems: parsed.error.issues.map((issue) => ({ path: formatPath(issue.path), ...readWording(issue.message) })),
  };
}

function resolveMirror({ metadata: { name, namespace }, spec: given }: MirrorDocument, cluster: string): MirrorSpec {
  const { duration: length, route, match: conditions, ...rest } = given;
  const durationMs = length === undefined ? undefined : parseDuration(length);
  const resolved: MirrorSpec = {
    ...rest,
    ...resolveReference(rest),
    name,
    namespace,
    cluster,
    route: { ...route, namespace: route.namespace ?? namespace },
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  const narrowed: MirrorSpec = { ...resolved, ...(conditions ? { match: conditions } : {}) };
  return conditions && isPlain({ ...narrowed, unsafeMethods: true }) ? resolved : narrowed;
}
