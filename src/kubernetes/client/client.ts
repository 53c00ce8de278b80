/**
 * The one way to the Kubernetes API: raw JSON over pooled connections with timeouts. Raw, because typed models drop the
 * fields that they do not know, and what we write back must be everything that was there.
 */

import type { LabelSelector } from '../objects/pod-template.ts';

/** Where an object lives. `namespace` absent: cluster-scoped. */
export interface Ref {
  apiVersion: string;
  /** Plural resource name as in the URL: `deployments`, `virtualservices` … */
  resource: string;
  /** Kind as people say it: `Deployment`. */
  kind: string;
  namespace?: string;
  name: string;
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[];
  managedFields?: { manager?: string; operation?: string; time?: string; fieldsV1?: Record<string, unknown> }[];
}

export type PatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string };

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

export interface ListOptions {
  labelSelector?: string;
  fieldSelector?: string;
}

export interface WriteOptions {
  /** The API server answers as it would, admission included, and stores nothing (`dryRun=All`); quotas are not asked. Default false. */
  dryRun?: boolean;
  /** The status of the object is patched, which needs a right of its own. Default false. */
  status?: boolean;
}

/** All methods throw `ClusterError` (see errors.ts) and end within their timeout, 10 s unless the client says otherwise. */
export interface KubeClient {
  /** Ends every request of this client when it aborts. Absent: requests end by their timeout alone. */
  readonly signal?: AbortSignal;
  /** The same for all clients of one connection: what is learned of a cluster is kept by it. Absent: the client alone. */
  readonly connection?: object;
  /** Nothing that it writes is stored, see `rehearsalOf`: what follows from a write is not there to be seen. Absent: no. */
  readonly rehearsal?: true;
  /** @returns undefined for 404 */
  get<T extends KubeObject>(ref: Ref): Promise<T | undefined>;
  /** Most recent state, all pages. */
  list<T extends KubeObject>(ref: Omit<Ref, 'name'>, options?: ListOptions): Promise<T[]>;
  create<T extends KubeObject>(ref: Ref, object: T, options?: WriteOptions): Promise<T>;
  /** JSON Patch (RFC 6902). */
  patch<T extends KubeObject>(ref: Ref, operations: PatchOperation[], options?: WriteOptions): Promise<T>;
  /**
   * 404 counts as done.
   * @param only delete the object if it is still this one in this version; otherwise a `conflict`
   */
  delete(ref: Ref, only?: Pick<ObjectMeta, 'uid' | 'resourceVersion'>): Promise<void>;
  /**
   * What is there now, then what every change makes of it, until `signal` aborts; `undefined` while it is not there. All who follow
   * objects of one kind and namespace share one watch, which misses nothing when it begins again; one state may be seen twice.
   * @param believed whether it may begin with what another follower saw last, which others' writes may be a moment ahead of. Default no:
   *   it is read
   */
  follow<T extends KubeObject>(
    ref: Ref,
    signal: AbortSignal,
    believed?: (seen: T) => boolean,
  ): AsyncIterable<T | undefined>;
  /** The same of everything in a namespace that the selector picks. */
  followAll<T extends KubeObject>(
    ref: Omit<Ref, 'name'>,
    selector: LabelSelector,
    signal: AbortSignal,
  ): AsyncIterable<T[]>;
}
