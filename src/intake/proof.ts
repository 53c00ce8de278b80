/** What headers prove of who sends, or why they prove nothing. */
import type { EventOrigin } from '../contract/plan.ts';

/** A header by its name; two of one name come joined by a comma. */
export type ReadHeader = (name: string) => string | null | undefined;

/** The rest is proven with the body. */
export interface HeaderProof {
  ok: true;
  /** Delivery id, when the proof covers it. */
  id?: string;
  from?: EventOrigin;
  by?: string;
  reason?: string;
  /** Whether the proof covers the headers as much as the body. */
  coversHeaders: boolean;
  /** Whether the body is what was signed. */
  fits(body: Uint8Array): boolean;
}

export interface ProofRefusal {
  ok: false;
  code: string;
  message: string;
  /** Sending it again later may help. */
  again?: boolean;
}

export function refuse(code: string, message: string, again = false): ProofRefusal {
  return { ok: false, code, message, again };
}

export const WRONG = refuse('signature-wrong', 'no signature fits the body and a configured secret');
