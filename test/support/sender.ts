import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type DeploySender, noFile, watchInstallation } from '../../src/installation/index.ts';
import { formatProblems, type PlanDir } from '../../src/plan/index.ts';
import { createApp } from '../../src/server/app.ts';
import type { FakeTemporal } from './fakes/temporal.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-senders-'));
let files = 0;

/** A sender of Standard Webhooks with these secrets, in files. */
export function senderOf(secrets: readonly string[], changes: Partial<DeploySender> = {}): DeploySender {
  return {
    name: 'ci',
    plans: ['*/*'],
    signature: { preset: 'standard-webhooks', secrets: secrets.map(secretFile) },
    ...changes,
  };
}

export function secretFile(text: string): { file: string } {
  files += 1;
  const file = join(dir, `secret-${files}`);
  writeFileSync(file, text);
  return { file };
}

/** Senders as an operator writes them. @throws Error with the problems of the file */
export async function readSenders(text: string): Promise<readonly DeploySender[]> {
  files += 1;
  const file = join(dir, `sluice-${files}.yaml`);
  writeFileSync(file, `apiVersion: sluice.dev/v1alpha1\nkind: Installation\nsenders:\n${text}`);
  const read = await watchInstallation(file);
  if ('problems' in read) throw new Error(formatProblems(read.problems));
  return read.known.senders;
}

export interface HookServer {
  senders: readonly DeploySender[];
  plans: PlanDir;
  temporal: FakeTemporal;
  clock?: () => number;
}

export function hookServer({ senders, plans, temporal, clock }: HookServer): ReturnType<typeof createApp> {
  return createApp({
    plans: { current: async () => plans },
    senders: async () => ({ senders, dir }),
    installation: noFile(),
    temporal: temporal.client(),
    cluster: 'local',
    ...(clock && { clock }),
    log: pino({ level: 'silent' }),
    waitMs: 50,
  });
}
