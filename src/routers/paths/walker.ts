/** Where the rules of any kind of route lead, whoever wrote them. */
import type { KubeObject } from '../../kubernetes/client/client.ts';
import type { ListedKind } from '../shared/list.ts';

/** One destination of a rule. */
export interface WalkedTarget {
  /** As written; of a Service that is named `name.namespace.svc`. */
  host: string;
  subset?: string;
  /** 0: nobody goes there now. */
  weight: number;
  /** Gets copies of requests, whose answers nobody waits for. */
  copies?: boolean;
}

export interface WalkedRule {
  /** Field of `spec` that has the rule. */
  list: string;
  index: number;
  name?: string;
  targets: WalkedTarget[];
}

export interface Walker {
  kinds: readonly ListedKind[];
  /** The rules that can get a request; pure. @param all of its kind, as far as they may be read */
  walk(object: KubeObject, all: KubeObject[]): WalkedRule[];
}
