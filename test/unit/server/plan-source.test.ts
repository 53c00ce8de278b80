import { mkdir, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_FILE } from '../../../src/installation/index.ts';
import type { RunningServer } from '../../../src/server/main.ts';
import { watchPlanDir } from '../../../src/server/plan-source.ts';
import { changed, EXAMPLE } from '../../support/plan-text.ts';

const silent = pino({ level: 'silent' });

let plansDir: string;
let server: RunningServer | undefined;

beforeEach(async () => {
  plansDir = await mkdtemp(join(tmpdir(), 'sluice-server-'));
  await writeFile(join(plansDir, 'reviews.yaml'), EXAMPLE);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(plansDir, { recursive: true });
});

describe('watchPlanDir', () => {
  const names = async (source: ReturnType<typeof watchPlanDir>) =>
    (await source.current()).plans.map(({ plan }) => plan.name);

  it('sees new, changed and removed plans', async () => {
    const source = watchPlanDir(plansDir, silent, NO_FILE);
    expect(await names(source)).toEqual(['reviews']);
    await writeFile(join(plansDir, 'z.yaml'), changed(['name: reviews, namespace', 'name: ratings, namespace']));
    expect(await names(source)).toEqual(['reviews', 'ratings']);
    await writeFile(join(plansDir, 'z.yaml'), changed(['name: reviews, namespace', 'name: details, namespace']));
    await utimes(join(plansDir, 'z.yaml'), 1, 1);
    expect(await names(source)).toEqual(['reviews', 'details']);
    await unlink(join(plansDir, 'reviews.yaml'));
    expect(await names(source)).toEqual(['details']);
  });

  it('reads nothing again while nothing changed', async () => {
    const source = watchPlanDir(plansDir, silent, NO_FILE);
    expect(await source.current()).toBe(await source.current());
  });

  it('keeps the last plans when the directory goes away', async () => {
    const source = watchPlanDir(plansDir, silent, NO_FILE);
    await source.current();
    await rm(plansDir, { recursive: true });
    expect(await names(source)).toEqual(['reviews']);
    await mkdir(plansDir);
  });
});
