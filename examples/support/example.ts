import type { Row } from './row.ts';
import type { Stage } from './stage.ts';

/** How much is sent; the tests send less than the command. */
export interface Size {
  /** Requests per step. */
  requests: number;
  /** New clients per weight, where clients are told apart. */
  clients: number;
}

/** One document shown on the lab. */
export interface Example {
  /** Its folder below examples/. */
  name: string;
  /** Namespace that the files are applied to. */
  namespace: string;
  /** Whose requests it is about: users at the gateway, or callers in the mesh. */
  callers: 'gateway' | 'mesh';
  /** What its document shows, in a sentence. */
  about: string;
  /** Applies the document's own files one after the other and counts what each of them does. */
  byHand(stage: Stage, size: Size): Promise<Row[]>;
  /** Lets Sluice do the same from the plan or mirror beside it. */
  bySluice(stage: Stage, size: Size): Promise<Row[]>;
}
