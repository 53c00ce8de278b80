/** What is measured, by name. One file per measurement; what they share is in `lib`. */
import type { Measurement, Name } from '../lib/result.ts';
import { abortToZero, abortToZeroBusy } from './abort-to-zero.ts';
import { eventToScale } from './event-to-scale.ts';
import { harm } from './harm.ts';
import { intentToUsers } from './intent-to-users.ts';
import { many } from './many.ts';

export const MEASUREMENTS: Record<Name, Measurement> = {
  'event-to-scale': eventToScale,
  'abort-to-zero': abortToZero,
  'abort-to-zero-busy': abortToZeroBusy,
  'intent-to-users': intentToUsers,
  harm,
  many,
};
