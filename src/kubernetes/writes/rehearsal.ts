/**
 * Writes tried beforehand: the same requests as the real ones, of which the API server stores nothing (kubernetes.io, "API concepts",
 * Dry-run). What admission makes of them is noted.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../client/client.ts';
import { isClusterError } from '../client/errors.ts';
import { describeRef } from '../objects/refs.ts';

/** One field that came back otherwise than it was sent. */
export interface AdmittedChange {
  object: string;
  /** `spec.template.spec.containers.reviews.image` */
  path: string;
  /** Absent: it was added. */
  sent?: unknown;
  /** Absent: it was taken out. */
  got?: unknown;
}

/** Reads are made once, and see what was made in the rehearsal. */
export function rehearsalOf(real: KubeClient, note: (changes: AdmittedChange[]) => void): KubeClient {
  const read = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const answer = (read.get(key) as Promise<T> | undefined) ?? ask();
    read.set(key, answer);
    return answer;
  };
  const keyOf = (ref: Ref) => `${ref.apiVersion} ${describeRef(ref)}`;
  const { signal, connection = real, follow, followAll } = real;
  return {
    signal,
    connection,
    rehearsal: true,
    follow,
    followAll,
    get: <T extends KubeObject>(ref: Ref) => once(keyOf(ref), () => real.get<T>(ref)),
    list: (ref, options) => once(`list ${JSON.stringify([ref, options])}`, () => real.list(ref, options)),
    delete: async () => {},
    async create(ref, sent) {
      // what follows is tried as well when this is refused
      read.set(keyOf(ref), Promise.resolve({ ...sent, metadata: { uid: 'not-made', ...sent.metadata } }));
      const got = await real.create(ref, sent, { dryRun: true });
      const { labels, annotations } = sent.metadata;
      note(changesOf(describeRef(ref), { ...sent, metadata: { labels, annotations } }, got));
      read.set(keyOf(ref), Promise.resolve(got));
      return got;
    },
    async patch<T extends KubeObject>(ref: Ref, operations: PatchOperation[]) {
      try {
        const got = await real.patch<T>(ref, operations, { dryRun: true });
        for (const one of operations.filter(writes)) note(changesOf(describeRef(ref), one.value, got, one.path));
        return got;
      } catch (error) {
        if (isClusterError(error, 'conflict')) read.delete(keyOf(ref));
        throw error;
      }
    },
  };
}

/** Not what only tests or makes room. */
function writes(one: PatchOperation): one is Extract<PatchOperation, { value: unknown }> {
  return one.op !== 'remove' && one.op !== 'test' && one.path !== '/metadata/annotations';
}

/** Where everything has its defaults already, so that what is more was added by somebody. */
const WHOLE = /^(spec\.template|metadata\.(labels|annotations))(\.|$)/;

/** What came back otherwise. @param pointer JSON pointer of what was sent */
function changesOf(object: string, sent: unknown, answer: KubeObject, pointer = ''): AdmittedChange[] {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const got = keys.reduce<unknown>((value, key) => fieldsOf(value)?.[key], answer);
  const at = (path: string[], a: unknown, b: unknown): AdmittedChange[] => {
    const [before, after] = [fieldsOf(a), fieldsOf(b)];
    if (before && after) {
      const all = WHOLE.test(path.join('.')) ? { ...after, ...before } : before;
      return Object.keys(all).flatMap((key) => at([...path, key], before[key], after[key]));
    }
    if (isDeepStrictEqual(a, b)) return [];
    return [{ object, path: path.join('.'), ...(a !== undefined && { sent: a }), ...(b !== undefined && { got: b }) }];
  };
  return at(keys, sent, got);
}

/** A list's entries go by their names, so that one more moves none of the others. */
function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return value as Record<string, unknown>;
  return Object.fromEntries(value.map((one, index) => [one?.name ?? String(index), one]));
}
