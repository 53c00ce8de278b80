/** The mails that the team got, as they arrived at the lab's SMTP server. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, type LabState } from '../index.ts';
import { plainText } from './mail-text.ts';

const ARRIVES_MS = 15_000;

/** The text of the mail about a rollout, `reviews-2`; waits for it. */
export async function mailAbout(lab: LabState, rollout: string, signal: AbortSignal): Promise<string> {
  const until = Date.now() + ARRIVES_MS;
  for (;;) {
    const found = (await allMails(lab)).find((mail) => mail.includes(`X-Sluice-Rollout: ${rollout}\r\n`));
    if (found) return plainText(found);
    if (Date.now() > until) throw new LabError(`no mail about ${rollout} arrived within ${ARRIVES_MS / 1000} s`);
    await sleep(100, undefined, { signal });
  }
}

async function allMails({ smtp: { mailDir } }: LabState): Promise<string[]> {
  const names = (await readdir(mailDir)).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map((name) => readFile(join(mailDir, name), 'utf8')));
}
