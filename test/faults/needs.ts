/** What a row of the fault table stands on. */
import type { ReviewsOptions } from '../support/lab/reviews.ts';

export interface RowSetup {
  /** `F28`, as in the fault table; `P:route:after` for a kill at an activity. */
  id: string;
  /** What the row needs of its own; absent: the shared Sluice. */
  needs?: Needs;
  /** How its application differs from the usual one. */
  app?: ReviewsOptions;
}

interface Needs {
  /** Workers at the start. Default 1. */
  workers?: number;
  /** The first worker ends itself there. */
  failpoint?: string;
  /** A Temporal server of its own, with these limits. */
  temporal?: Record<string, string | number>;
  /** The workers reach Temporal over a line that can be cut. */
  line?: boolean;
}
