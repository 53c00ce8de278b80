/** The tour: a recorded rollout plays, its record is verified, then one figure of it is changed. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { AuditFinding } from '../../src/audit/difference.ts';
import { type AuditFile, readAuditFile } from '../../src/audit/index.ts';
import { verifyFile } from '../../src/audit/verify.ts';
import { renderVerification } from '../../src/cli/render/verification.ts';
import { openTerminal } from '../../src/cli/terminal/terminal.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { ownMaker } from '../../src/worker/maker.ts';
import { say } from '../story/say.ts';
import { play, shoot } from './film.ts';
import { forge, textOf } from './forge.ts';

export const RECORDING = join(import.meta.dirname, 'recording.json');
const PLAYS_MS = 24_000;
/** Time to read what stands there. */
const READS_MS = 3_500;
/** What the forger would like to have been measured, percent. */
const WISHED = 99.9;

const terminal = openTerminal({ output: 'text', color: 'auto', quiet: false, temporal: {}, cluster: 'local' });

/** @param fast waits for nothing  @param signal aborts on Ctrl-C */
export async function tellTour(fast: boolean, signal: AbortSignal): Promise<void> {
  const telemetryOptions = { logging: { filter: 'ERROR', forward: {} } };
  Runtime.install({ logger: new DefaultLogger('ERROR', () => {}), telemetryOptions });
  const file = readAuditFile(readFileSync(RECORDING, 'utf8'));
  if (typeof file === 'string') throw new Error(`the recording is no audit file: ${file}`);
  const { runs, told, workflow, sluice } = file;
  say(`${told.rollout}, recorded on the lab: a real mesh, real requests, Sluice ${sluice}. Nobody filmed the tree:`);
  say('the workflow code of this version is executed on the recorded history, and says how it stood.\n');
  const events = runs.flatMap((run) => run.events.map(({ event }) => event));
  const played = shoot(events, workflow).then((shots) => play(shots, fast ? 0 : PLAYS_MS, terminal, signal));
  const [{ verify, note, dir }] = await Promise.all([openVerifier(file), played]);
  const pause = () => sleep(fast ? 0 : READS_MS, undefined, { signal });
  const { line, before, plain, thorough } = forge(file, WISHED);
  title(`Its record is one file: ${events.length} events, what they tell, and a chain over them`);
  await verify(file);
  if (note) say(note);
  await pause();
  title(`Somebody changes one figure, "value": ${before} in line ${line}, to ${WISHED}`);
  await verify(plain);
  await pause();
  title(`The same figure in the history itself, ${before} to ${WISHED}, and the whole chain made anew`);
  await verify(thorough);
  say(`\nThe three files are in ${dir}.`);
  say('The same on a real mesh, on this machine: npm run demo');
}

/** As `sluice audit verify`, but with the code of this version, whichever decided: histories that are stored must replay. */
async function openVerifier(recorded: AuditFile) {
  const [today, codePath] = [await ownMaker(), await workflowBundle()];
  const own = { sluice: recorded.sluice, bundle: recorded.bundle, codePath };
  const textOfFinding = ({ event, field, problem }: AuditFinding) => `${event} ${field} ${problem}`;
  const { findings } = await verifyFile(recorded, own);
  // a later version may word things otherwise; it must not decide otherwise
  if (findings.some(({ field }) => field === 'order') || (findings.length > 0 && today.bundle === own.bundle))
    throw new Error(`the recording does not replay: ${findings.map(textOfFinding).join('; ')}`);
  const known = new Set(findings.map(textOfFinding));
  const dir = mkdtempSync(join(tmpdir(), 'sluice-tour-'));
  const verify = async (file: AuditFile) => {
    const path = join(
      dir,
      `${file === recorded ? 'recorded' : file.head === recorded.head ? 'edited' : 'forged'}.json`,
    );
    writeFileSync(path, textOf(file));
    say(styleText('dim', `$ sluice audit verify ${path}`, { stream: process.stdout }));
    const verified = await verifyFile(file, own);
    const found = { ...verified, findings: verified.findings.filter((one) => !known.has(textOfFinding(one))) };
    for (const text of renderVerification(file, found, undefined, terminal.look)) say(text);
  };
  const otherwise = `Workflow code ${own.bundle.slice(0, 8)}… decided it, today's ${today.bundle.slice(0, 8)}… was executed; it words ${known.size} things otherwise.`;
  return { verify, dir, note: today.bundle === own.bundle ? undefined : otherwise };
}

function title(text: string): void {
  say(`\n${styleText('bold', text, { stream: process.stdout })}`);
}
