/** What a script needs of Temporal: the sandbox alone, or a real server. */

export interface FoundRefusal {
  type: string;
  detail: unknown;
}

/** One attempt of an activity, as the world sees it. */
export interface Attempt {
  name: string;
  input: unknown;
  /** From 1. */
  attempt: number;
  /** Nobody waits for the answer any more; an effect on its way still happens. */
  abandoned: boolean;
  complete(result: unknown): void;
  /** @param retryable default true @param refusal as the activity says it, with what it found */
  fail(message: string, retryable?: boolean, refusal?: FoundRefusal): void;
  /** The worker is gone: Temporal notices by the missing heartbeat, or at the timeout. */
  lose(): void;
}

export interface DrivenWorld {
  /** Begins an attempt; its effect and its answer come when the world says so. */
  attempt(attempt: Attempt): void;
}

/** How an update ended: accepted with a result, refused, or the run ended before it. */
export type UpdateOutcome<T = unknown> = { result: T } | { refused: string } | { ended: true };

export interface Completed {
  result?: unknown;
  failure?: string;
  cancelled?: boolean;
}

/** One workflow at a time, with its retries, timers and messages. */
export interface Driver {
  readonly running: boolean;
  /** Something waits to be told to the workflow. */
  readonly hasJobs: boolean;
  /** Runs that it went through. */
  readonly runs: number;
  /** How it ended; absent while it runs. */
  readonly completed?: Completed;
  /** Updates that were accepted and had no answer when their run ended. */
  readonly unfinished: readonly string[];
  /** Begins the workflow. */
  start(input: unknown): Promise<void>;
  signal(name: string, ...args: unknown[]): void;
  update<T>(name: string, args: unknown[], done: (outcome: UpdateOutcome<T>) => void): void;
  query<T>(name: string): Promise<T>;
  cancel(): void;
  /** Ends it without asking it, as an operator of Temporal can. */
  terminate(): Promise<void>;
  /** The history counts as long. */
  lengthenHistory(): void;
  /** The run so far again, as on a worker with an empty cache. @throws Error when it asks for something else */
  replay(): Promise<void>;
  /** Lets the next thing happen. */
  step(): Promise<void>;
}
