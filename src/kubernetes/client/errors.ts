/** One error class for everything that can go wrong between us and the Kubernetes API, and what each kind means. */

export type ClusterVerb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

export interface ClusterErrorDetails {
  verb: ClusterVerb;
  /** `Deployment demo/reviews-v1` */
  object: string;
  reason: ClusterErrorReason;
  /** HTTP status; absent when there was no answer. */
  status?: number;
  /** The API server's own sentence; cut and cleaned here. */
  said?: string;
  /** From `Retry-After`, ms. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** Whether the same request may succeed later, and what a person can do when it does not. */
export const CLUSTER_ERRORS = {
  notFound: { retryable: false, remedy: 'check the name and namespace in the plan, and that its CRD is installed' },
  conflict: { retryable: true, remedy: 'somebody else wrote it at the same time; the write is tried again' },
  forbidden: {
    retryable: false,
    remedy:
      "see what an admission webhook or quota says, or grant the verb to Sluice's ServiceAccount (deploy/rbac.yaml, deploy/features)",
  },
  unauthorized: {
    retryable: true,
    remedy: 'check the token or client certificate of the kubeconfig; it is read again each time',
  },
  invalid: { retryable: false, remedy: 'the API server refuses this content; the message above names the field' },
  tooMany: { retryable: true, remedy: 'the API server is shedding load; the request is tried again later' },
  gone: { retryable: true, remedy: 'the resource version is too old; the read starts over' },
  server: { retryable: true, remedy: "see the API server's health and logs; the request is tried again" },
  network: {
    retryable: true,
    remedy: 'check that the API server can be reached from here; the request is tried again',
  },
  timeout: { retryable: true, remedy: 'the API server did not answer in time; the request is tried again' },
  badAnswer: {
    retryable: true,
    remedy: 'the answer is not what a Kubernetes API server sends; check the address in the kubeconfig',
  },
} as const;

export type ClusterErrorReason = keyof typeof CLUSTER_ERRORS;

/** The API server quotes the whole object in some validation errors; it may hold what is not for logs. */
const OBJECT_DUMP = /"\{\\?".*$/s;

/** Longest part of an API server's sentence that is repeated, in characters. */
const MAX_SAID = 300;
/** Longest part of it that is looked at. */
const LONGEST_READ = 10_000;

export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly verb: ClusterVerb;
  readonly object: string;
  readonly reason: ClusterErrorReason;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  /** The API server's own sentence, cleaned; empty when it said nothing. */
  readonly said: string;

  constructor(details: ClusterErrorDetails) {
    const { verb, object, reason, status, said, retryAfterMs, cause } = details;
    const { retryable, remedy } = CLUSTER_ERRORS[reason];
    const answer = status === undefined ? reason : `${reason} (${status})`;
    const quoted = said ? cleanSentence(said) : '';
    super(
      `cannot ${verb} ${object}, ${answer}${quoted && `: ${quoted}`}; ${remedy}`,
      cause === undefined ? undefined : { cause },
    );
    this.verb = verb;
    this.object = object;
    this.reason = reason;
    this.status = status;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
    this.said = quoted;
  }
}

export function isClusterError(error: unknown, reason: ClusterErrorReason): error is ClusterError {
  return error instanceof ClusterError && error.reason === reason;
}

/** @returns undefined when it fails for this reason  @throws whatever else it fails with */
export function unless<T>(reason: ClusterErrorReason, asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (isClusterError(error, reason)) return undefined;
    throw error;
  });
}

/** One line of at most 300 characters without control characters: other people's text is safe to show. */
export function cleanSentence(text: string): string {
  const flat = text
    .slice(0, LONGEST_READ)
    .replace(OBJECT_DUMP, '…')
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/(?<![.;:])[.;:]+$/, '');
  return flat.length > MAX_SAID ? `${flat.slice(0, MAX_SAID - 1)}…` : flat;
}

const REASONS: Record<number, ClusterErrorReason> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  429: 'tooMany',
};

/** What an HTTP status of the API server means. */
export function reasonOfStatus(status: number): ClusterErrorReason {
  if (status >= 500) return 'server';
  return REASONS[status] ?? (status >= 400 ? 'invalid' : 'badAnswer');
}
