import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface HttpErrorDetails {
  /** Short and stable, for programs: `signature-wrong`. */
  code: string;
  message: string;
  /** What the sender can do. */
  remedy: string;
  /** Mistakes with their places. */
  problems?: { path: string; message: string; remedy: string }[];
  /** Seconds after which another attempt makes sense. */
  retryAfter?: number;
  /** The method that is taken there. */
  allow?: string;
}

/** An answer that is not the one asked for; shown as `{"error": {code, message, remedy}}`. */
export class HttpError extends Error {
  readonly status: ContentfulStatusCode;
  readonly details: HttpErrorDetails;

  constructor(status: ContentfulStatusCode, details: HttpErrorDetails) {
    super(details.message);
    this.name = 'HttpError';
    this.status = status;
    this.details = details;
  }
}

/** @param than most of what a body may be, in words  @throws HttpError 413 */
export function tooLarge(than?: string): never {
  const message = than ? `the body is larger than ${than}` : 'the body is too large';
  throw new HttpError(413, { code: 'body-too-large', message, remedy: 'send less' });
}
