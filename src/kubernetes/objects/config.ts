/** The contents of the ConfigMaps and Secrets that a pod template uses, as what may be noted of them, and compared with that. */

import type { Problem } from '../../contract/offer.ts';
import type { ConfigHash } from '../../contract/revision.ts';
import type { KubeClient, KubeObject, Ref } from '../client/client.ts';
import { isClusterError } from '../client/errors.ts';
import { annotation } from './annotations.ts';
import { type ConfigUse, configUses } from './config-uses.ts';
import { digest, keyedDigest } from './digest.ts';
import type { PodTemplate } from './pod-template.ts';
import { configMapRef, describeRef, secretRef } from './refs.ts';

/** A secret of the workers, so that nobody else can try contents against what is noted of them. */
export interface RevisionKey {
  /** With a mark of the key itself: another key under an old name is another one. */
  kid: string;
  key: string;
}

interface ConfigObject extends KubeObject {
  data?: Record<string, string> | null;
  binaryData?: Record<string, string> | null;
}

/** On a ConfigMap or Secret: `"false"` leaves it out of revisions, so that a change of it alone (a rotated certificate) rolls nothing out. */
const IN_REVISION = 'sluice.dev/in-revision';

/** Hash of an object that does not exist. */
const ABSENT = 'absent';
const HASH_LENGTH = 32;
const LIST_LENGTH = 16;
const MARK_LENGTH = 8;

interface ConfigContent {
  kind: ConfigHash['kind'];
  name: string;
  /** Its hash with this key, or with none. @returns undefined: the key is not known here, or the object cannot be read */
  with(kid: string | undefined): string | undefined;
}

export interface ConfigNow {
  /** As a new revision notes it: with the first key. Without one, without Secrets. */
  hashes: ConfigHash[];
  /** The same contents with each of the keys, and with none. */
  lists: ConfigHash[][];
  /** Keys that are known here. */
  kids: string[];
  contents: ConfigContent[];
  problems: Problem[];
}

/** @param kid as the operator names it */
export function revisionKey(kid: string, key: string): RevisionKey {
  return { kid: `${kid}.${keyedDigest('sluice.dev/revision-key', key, MARK_LENGTH)}`, key };
}

/** Reads what a template uses, without what is left out by annotation. The contents stay in here. */
export async function readConfig(
  client: KubeClient,
  namespace: string,
  template: PodTemplate,
  keys: readonly RevisionKey[],
): Promise<ConfigNow> {
  const read = await Promise.all(configUses(template).map((use) => readOne(client, namespace, use, keys)));
  const contents = read.flatMap((one) => one?.content ?? []);
  const kids = keys.map(({ kid }) => kid);
  const lists = [...kids, undefined].map((kid) => contents.flatMap((one) => note(one, kid)));
  return { hashes: lists[0] ?? [], lists, kids, contents, problems: read.flatMap((one) => one?.problem ?? []) };
}

interface Read {
  content: ConfigContent;
  problem?: Problem;
}

async function readOne(
  client: KubeClient,
  namespace: string,
  { kind, name, optional }: ConfigUse,
  keys: readonly RevisionKey[],
): Promise<Read | undefined> {
  const ref = kind === 'ConfigMap' ? configMapRef(namespace, name) : secretRef(namespace, name);
  try {
    const object = await client.get<ConfigObject>(ref);
    if (object && annotation(object, IN_REVISION) === 'false') return undefined;
    if (object) return { content: { kind, name, with: hashesOf(ref, object, keys) } };
  } catch (error) {
    if (isClusterError(error, 'forbidden'))
      return { content: { kind, name, with: () => undefined }, problem: unreadable(ref) };
    throw error;
  }
  return { content: { kind, name, with: () => ABSENT }, ...(optional ? {} : { problem: missing(ref) }) };
}

/** The name is part of it: equal contents of two objects are not seen to be equal. */
function hashesOf({ kind, namespace, name }: Ref, object: ConfigObject, keys: readonly RevisionKey[]) {
  const { data, binaryData } = object;
  const content = { kind, namespace, name, data: data ?? {}, binaryData: binaryData ?? {} };
  return (kid: string | undefined): string | undefined => {
    if (kid === undefined) return digest(content, HASH_LENGTH);
    const known = keys.find((one) => one.kid === kid);
    return known && keyedDigest(content, known.key, HASH_LENGTH);
  };
}

function note({ kind, name, ...content }: ConfigContent, kid: string | undefined): ConfigHash[] {
  const hash = content.with(kid);
  if (hash === ABSENT) return [{ kind, name, hash }];
  // without a key nothing is noted that a weak password could be guessed from
  if (hash === undefined || (kind === 'Secret' && kid === undefined)) return [];
  return [{ kind, name, ...(kid !== undefined && { kid }), hash }];
}

function missing(ref: Ref): Problem {
  return {
    where: describeRef(ref),
    problem: 'the pod template uses it and it does not exist, so new pods cannot start',
    remedy: 'create it, or mark its use as optional',
  };
}

function unreadable(ref: Ref): Problem {
  return {
    where: describeRef(ref),
    problem: 'the pod template uses it and Sluice may not read it, so a change of it would go unnoticed',
    remedy: `grant "get" on ${ref.resource} in ${ref.namespace} (see deploy/${ref.kind === 'Secret' ? 'features/secrets.yaml' : 'rbac.yaml'})`,
  };
}

export interface ConfigDifference {
  /** Other contents than noted, in words: `ConfigMap settings`. */
  changed: string[];
  /** Nobody can say: noted with a key that is gone, or not noted at all. */
  unknown: string[];
}

/** Each by the key that it was noted with; what is left out of revisions now is not compared. */
export function compareConfig({ contents }: Pick<ConfigNow, 'contents'>, noted: ConfigHash[]): ConfigDifference {
  const difference: ConfigDifference = { changed: [], unknown: [] };
  for (const { kind, name, ...content } of contents) {
    const before = noted.find((one) => one.kind === kind && one.name === name);
    const now = before && content.with(before.kid);
    if (now === undefined) difference.unknown.push(`${kind} ${name}`);
    else if (now !== before?.hash) difference.changed.push(`${kind} ${name}`);
  }
  return difference;
}

/** One hash for all of them, as written on pod templates: `<kid>.<hash>`, without the kid where no key was used. */
export function configHash(hashes: ConfigHash[]): string {
  const kid = hashes.find((one) => one.kid !== undefined)?.kid;
  const all = digest(hashes, LIST_LENGTH);
  return kid === undefined ? all : `${kid}.${all}`;
}

/** The key of a {@link configHash}. */
export function kidOf(hash: string): string | undefined {
  const end = hash.lastIndexOf('.');
  return end < 0 ? undefined : hash.slice(0, end);
}
