import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initialState, readStateFile, runDir, stateFile, writeState } from '../../../../lab/host/state.ts';

it('has a folder per lab below XDG_STATE_HOME', () => {
  expect(runDir('demo', { XDG_STATE_HOME: '/s' })).toBe('/s/sluice-lab/demo');
  expect(runDir('demo', {})).toMatch(/\/\.local\/state\/sluice-lab\/demo$/);
});

it.each(['', '../x', 'A', 'a b', 'x'.repeat(32), '-a'])('refuses the name "%s"', (name) => {
  expect(() => runDir(name, {})).toThrow(/lab name/);
});

it('reads back what it wrote', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-state-'));
  const startedAt = new Date('2026-01-02T03:04:05Z');
  const state = initialState({ name: 'x', dir, parts: ['etcd'], bin: { envoy: '/e' }, unprivileged: true, startedAt });
  writeState(state);
  expect(readStateFile(stateFile(dir))).toEqual(state);
  expect(state.parts).toEqual({ etcd: { status: 'waiting' } });
});

it('tells a missing state from a broken one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-state-'));
  expect(readStateFile(stateFile(dir))).toBeUndefined();
  writeFileSync(stateFile(dir), '{');
  expect(() => readStateFile(stateFile(dir))).toThrow(/is not JSON/);
});
