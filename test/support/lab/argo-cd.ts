/**
 * Argo CD's self-heal, which needs no API of its own to be felt: compares what Git has with the cluster and applies it, after v3.5.7:
 * `Normalize` of util/argo/normalizers/diff_normalizer.go, `normalizeTargetResources` of controller/sync.go, and kubectl where it uses
 * kubectl as a library. Its jq is gojq, in the version that it has.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt } from '../../../lab/build/index.ts';
import { GOJQ } from '../../../lab/build/manifest.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { lab } from './cluster.ts';
import type { GitObject, GitOps } from './git-ops.ts';

/** An entry of `spec.ignoreDifferences`. */
interface IgnoredDifference {
  group: string;
  kind: string;
  name: string;
  namespace: string;
  jsonPointers?: string[];
  jqPathExpressions?: string[];
}

export interface ArgoRules {
  ignoreDifferences: IgnoredDifference[];
  syncOptions: string[];
}

type Json = Record<string, unknown>;

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Self-heal follows watches, some tenths of a second later. */
const EVERY_MS = 300;

export class ArgoCd implements GitOps {
  readonly changes: string[] = [];
  rules: ArgoRules = { ignoreDifferences: [], syncOptions: [] };
  git: GitObject[];
  readonly #cluster = connect({ kubeconfig: lab.kubeconfig });
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  #gojq = '';
  /** What was compared last of each object and found equal: Argo CD keeps it by resource version. */
  readonly #inSync = new Map<string, string>();

  constructor(git: GitObject[]) {
    this.git = git;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { gojq = '' } = await ensureBuilt(undefined, undefined, [GOJQ]);
    this.#gojq = gojq;
    while (!this.#ended.signal.aborted) {
      for (const object of this.git)
        await this.#heal(object).catch((error) => this.changes.push(`${object.kind} failed: ${error}`));
      await sleep(EVERY_MS, undefined, { signal: this.#ended.signal }).catch(() => undefined);
    }
  }

  async #heal(object: GitObject): Promise<void> {
    const target = tracked(object);
    const { kind, metadata } = object;
    const live = await this.#live(object);
    const compared = JSON.stringify([target, this.rules, live && substance(live)]);
    if (live && this.#inSync.get(`${kind}/${metadata.name}`) === compared) return;
    const predicted = live ? await kubectlApply(target, '--dry-run=server') : target;
    // both of one version, as Argo CD compares; the next look is soon
    if (live && versionOf(predicted) !== versionOf(live)) return;
    if (live && isSame(await this.#normalized(predicted, live))) {
      this.#inSync.set(`${kind}/${metadata.name}`, compared);
      return;
    }
    await kubectlApply(live ? await this.#patched(target, live) : target);
    this.changes.push(`${kind}/${metadata.name}`);
  }

  #live({ apiVersion, kind, metadata }: GitObject): Promise<Json | undefined> {
    const ref = { apiVersion, kind, resource: `${kind.toLowerCase()}s`, ...metadata };
    return this.#cluster.get(ref) as Promise<Json | undefined>;
  }

  /** With `RespectIgnoreDifferences`, what is ignored comes from the cluster: a list in which something is ignored comes whole. */
  async #patched(target: Json, live: Json): Promise<Json> {
    if (!this.rules.syncOptions.includes('RespectIgnoreDifferences=true')) return target;
    const [normalTarget = {}, normalLive = {}] = await this.#normalized(target, live);
    return merged(normalTarget, mergePatch(without(normalLive, 'status'), without(live, 'status')) as Json) as Json;
  }

  /** Without what is ignored: a path that an object does not have is passed over, whatever else its expression would find. */
  async #normalized(...objects: Json[]): Promise<Json[]> {
    const { kind, apiVersion, metadata } = objects[0] as unknown as KubeObject;
    const rules = this.rules.ignoreDifferences.filter(
      (rule) =>
        rule.group === group(apiVersion ?? '') &&
        rule.kind === kind &&
        rule.name === metadata.name &&
        rule.namespace === metadata.namespace,
    );
    const copies = structuredClone(objects);
    for (const pointer of rules.flatMap(({ jsonPointers = [] }) => jsonPointers))
      for (const copy of copies) remove(copy, pointer);
    const paths = rules.flatMap(({ jqPathExpressions = [] }) => jqPathExpressions);
    if (paths.length === 0) return copies;
    const steps = paths.map((path) => `. as $whole | (try del(${path}) catch $whole)`);
    return JSON.parse(await output(this.#gojq, ['-c', `map(${steps.join(' | ')})`], JSON.stringify(copies)));
  }
}

function group(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** As Argo CD marks what is its own. */
function tracked(object: GitObject): Json {
  const { apiVersion, kind, metadata } = object;
  const id = `shop:${group(apiVersion)}/${kind}:${metadata.namespace}/${metadata.name}`;
  return { ...object, metadata: { ...metadata, annotations: { 'argocd.argoproj.io/tracking-id': id } } };
}

/** What an apply would change: not what the API server keeps for itself. */
function substance({ status: _, metadata, ...rest }: Json): Json {
  const { managedFields: __, resourceVersion: ___, generation: ____, annotations = {}, ...meta } = metadata as Json;
  return { ...rest, metadata: { ...meta, annotations: without(annotations as Json, LAST_APPLIED) } };
}

function isSame([predicted = {}, live = {}]: Json[]): boolean {
  return mergePatch(substance(live), substance(predicted)) === undefined;
}

function versionOf({ metadata }: Json): unknown {
  return (metadata as Json).resourceVersion;
}

function without(object: Json, key: string): Json {
  const { [key]: _, ...rest } = object;
  return rest;
}

/** RFC 6901, `op: remove` of a JSON patch. */
function remove(object: Json, pointer: string): void {
  const path = pointer.split('/').slice(1);
  const keys = path.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((at, key) => (at as Json | undefined)?.[key], object);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (parent) delete (parent as Json)[last];
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386: what makes `from` to `to`; undefined when nothing does. */
function mergePatch(from: unknown, to: unknown): unknown {
  if (!isMap(from) || !isMap(to)) return JSON.stringify(sorted(from)) === JSON.stringify(sorted(to)) ? undefined : to;
  const changes = [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => {
    if (!(key in to)) return [[key, null]];
    const change = mergePatch(from[key], to[key]);
    return change === undefined ? [] : [[key, change]];
  });
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

function merged(object: unknown, patch: unknown): unknown {
  if (patch === undefined) return object;
  if (!isMap(patch)) return patch;
  const result: Json = isMap(object) ? { ...object } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

async function kubectlApply(object: Json, ...more: string[]): Promise<Json> {
  const args = ['apply', '--field-manager=argocd-controller', '-o', 'json', ...more, '-f', '-'];
  return JSON.parse(
    await output(lab.bin.kubectl as string, ['--kubeconfig', lab.kubeconfig, ...args], JSON.stringify(object)),
  );
}

function output(program: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 16 << 20 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr || error.message)) : resolve(stdout),
    );
    child.stdin?.end(input);
  });
}
