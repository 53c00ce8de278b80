/** SHA-256 over canonical JSON: equal content, equal digest, whatever library wrote it. */
import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../../contract/canonical-json.ts';

/** @returns the first `length` hex digits, default all 64 */
export function digest(value: unknown, length = 64): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, length);
}

/** HMAC-SHA-256 (RFC 2104), for content that could be guessed. @returns the first `length` hex digits */
export function keyedDigest(value: unknown, key: string, length: number): string {
  return createHmac('sha256', key).update(canonicalJson(value)).digest('hex').slice(0, length);
}
