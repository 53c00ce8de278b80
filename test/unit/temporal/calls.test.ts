import { ServiceError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { ranOut } from '../../../src/temporal/calls.ts';

const failure = (code: number) =>
  new ServiceError('Failed to query Workflow', {
    cause: Object.assign(new Error('grpc'), { code, details: '', metadata: {} }),
  });

it.each([
  ['the client cancelled it', 1, true],
  ['the server said so', 4, true],
  ['Temporal is away', 14, false],
  ['it is not allowed', 7, false],
])('a call whose time was over: %s', (_, code, expected) => expect(ranOut(failure(code))).toBe(expected));

it('nothing else is', () => expect(ranOut(new Error('no'))).toBe(false));
