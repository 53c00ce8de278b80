import { expect, it } from 'vitest';
import { isFailure } from '../../../src/metrics/failure-codes.ts';

it.each([
  ['500', '503', '599', '600', '999', '5xx', '5XX', '5'],
  ['0', ''],
  ['UNAVAILABLE', 'Unavailable', 'DEADLINE_EXCEEDED', 'DeadlineExceeded', 'INTERNAL', 'DATA_LOSS', 'Unknown'],
  ['UNIMPLEMENTED', 'Unimplemented'],
])('%s and the like count against the service', (...codes) => {
  for (const code of codes) expect([code, isFailure(code)]).toEqual([code, true]);
});

it.each([
  ['100', '200', '301', '404', '499', '1xx', '2xx', '4xx', '2', '4'],
  ['OK', 'CANCELLED', 'Canceled', 'NOT_FOUND', 'INVALID_ARGUMENT', 'PermissionDenied', 'ResourceExhausted'],
])('%s and the like do not', (...codes) => {
  for (const code of codes) expect([code, isFailure(code)]).toEqual([code, false]);
});
