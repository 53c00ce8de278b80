import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planNamespaces } from '../../../../../src/cli/commands/shared/plan-namespaces.ts';

describe('the namespaces to look in', () => {
  test('are those that are named, each once; none: undefined', async () => {
    expect(await planNamespaces({ namespace: ['b', 'a', 'b'] })).toEqual(['a', 'b']);
    expect(await planNamespaces({})).toBeUndefined();
  });

  test('of a directory without a plan are an error, never everything or nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-'));
    await expect(planNamespaces({ plans: dir })).rejects.toMatchObject({ code: 2 });
    await rm(dir, { recursive: true });
    await expect(planNamespaces({ plans: dir })).rejects.toThrow('ENOENT');
  });
});
