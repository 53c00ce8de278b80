/** The dashboard at the end of the demo, where its package is in this clone. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { execInside } from '../../host/inside.ts';
import { LabError, type LabState, openForward } from '../../index.ts';
import { say } from '../../story/index.ts';

/** Inside the lab. */
export const PAGES_PORT = 8092;

/** Nobody may be there, though there is a terminal. */
const LOOK_MS = 120_000;

const PACKAGE = join(import.meta.dirname, '..', '..', '..', 'extras', 'dashboard');

/** @returns the path of a login that is good once; undefined: there is no dashboard  @throws LabError */
export async function startPages(lab: LabState): Promise<string | undefined> {
  if (!existsSync(PACKAGE)) return undefined;
  await promisify(execFile)(process.execPath, [join(PACKAGE, 'build.ts')]);
  const { code, stdout, stderr } = await execInside(lab, [process.execPath, join(import.meta.dirname, 'inside.ts')]);
  if (code !== 0) throw new LabError('the pages could not be opened', stderr.trim().split('\n').slice(-12));
  return stdout.trim();
}

/** Nothing is taken down while somebody looks, for a while. Without a terminal nobody does. */
export async function lookAround(lab: LabState, signal: AbortSignal): Promise<void> {
  if (!existsSync(PACKAGE)) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return say('\nTo see it in a browser: npm run demo -- --keep');
  const path = await startPages(lab);
  if (!path) return;
  const inside = `127.0.0.1:${PAGES_PORT}`;
  const open = (port: number) => openForward(lab.forwardSocket, port, inside);
  const { port, close } = await open(PAGES_PORT).catch(() => open(0));
  say(`\nSee it in a browser, logged in, once: http://127.0.0.1:${port}${path}`);
  say('Everything goes down with Enter, or in two minutes; with npm run demo -- --keep it stays.');
  const ends = ['data', 'end'].map((event): Promise<unknown> => once(process.stdin, event, { signal }));
  await Promise.race([...ends, sleep(LOOK_MS, undefined, { signal, ref: false })]).catch(() => undefined);
  process.stdin.pause();
  close();
}
