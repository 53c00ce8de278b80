import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { AuditFile } from '../../../src/audit/index.ts';
import { findKept, keep, listKept, readKept } from '../../../src/audit/kept.ts';

const HASH = 'a'.repeat(64);
const WORKFLOW = 'rollout/local/demo/reviews';

function fileOf(run: string, exportedAt = '2026-11-30T00:00:00.000Z'): AuditFile {
  const told = { workflow: WORKFLOW, cluster: 'local', records: [] };
  const head = { format: 'sluice-audit/1' as const, sluice: '0.1.0', bundle: HASH, exportedAt, workflow: WORKFLOW };
  const runs = [{ run, events: [{ hash: HASH, event: { eventId: '1' } }] }];
  return { ...head, events: [1], runs, told, head: HASH };
}

const of = (epoch: number, run: string, workflowId = WORKFLOW) => ({ workflowId, epoch, run });

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'sluice-kept-')), 'audits');
});

test('a file is there whole, under a name that says whose it is, and nothing else is left', async () => {
  expect(await listKept(dir)).toEqual([]);
  expect(await keep(dir, of(7, 'run-7'), fileOf('run-7'))).toBe(true);
  expect(readdirSync(dir)).toEqual(['local+demo+reviews+7+run-7.audit.json']);
  const path = join(dir, 'local+demo+reviews+7+run-7.audit.json');
  expect(await listKept(dir)).toEqual([{ ...of(7, 'run-7'), path }]);
  expect(await readKept(path)).toMatchObject({ path, file: { exportedAt: '2026-11-30T00:00:00.000Z' } });
});

test('what is there is never written again', async () => {
  await keep(dir, of(7, 'run-7'), fileOf('run-7'));
  expect(await keep(dir, of(7, 'run-7'), fileOf('less', '2026-12-01T00:00:00.000Z'))).toBe(false);
  const [name = ''] = readdirSync(dir);
  expect(readFileSync(join(dir, name), 'utf8')).toContain('run-7');
  expect(readdirSync(dir)).toHaveLength(1);
});

test('one is found by number, by run, or as the newest; of the same number the one that was exported last', async () => {
  await keep(dir, of(9, 'old'), fileOf('old'));
  await keep(dir, of(10, 'ten'), fileOf('ten'));
  await keep(dir, of(9, 'again'), fileOf('again', '2026-12-01T00:00:00.000Z'));
  await keep(dir, of(11, 'other', 'rollout/local/demo/ratings'), fileOf('other'));
  const found = async (which?: string) => (await findKept(dir, WORKFLOW, which))?.runs[0]?.run;
  expect(await found()).toBe('ten');
  expect(await found('9')).toBe('again');
  expect(await found('old')).toBe('old');
  expect(await found('1')).toBeUndefined();
});

test('no name of a cluster leads out of the directory, or to a file of another', async () => {
  await keep(dir, of(1, 'run', 'rollout/..%2f+a/../x'), fileOf('run'));
  expect(readdirSync(dir)).toEqual(['..%252f%2Ba+..+x+1+run.audit.json']);
  expect(await findKept(dir, 'rollout/..%2f+a/../x', '1')).toBeDefined();
  expect(await findKept(dir, 'rollout/..%2f/a/../x', '1')).toBeUndefined();
});

test('files of others are left alone, and one that is broken is named', async () => {
  await keep(dir, of(7, 'run-7'), fileOf('run-7'));
  for (const name of ['notes.txt', '%zz+a+b+1+r.audit.json', 'local+demo+reviews+07+r.audit.json', 'x.audit.json'])
    writeFileSync(join(dir, name), '{}');
  expect(await listKept(dir)).toHaveLength(1);
  const broken = join(dir, 'local+demo+reviews+8+r.audit.json');
  writeFileSync(broken, '{}');
  await expect(findKept(dir, WORKFLOW)).rejects.toThrow(`${broken} is no audit file: format is not as`);
});
