import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, lab } from '../../support/lab/cluster.ts';

/** The mails that mention `text`, as they arrived at the lab's SMTP server; waits for the first. */
export async function mailsFor(text: string): Promise<string[]> {
  return eventually(async () => {
    const files = (await readdir(lab.smtp.mailDir)).filter((name) => name.endsWith('.eml'));
    const mails = await Promise.all(files.map((name) => readFile(join(lab.smtp.mailDir, name), 'utf8')));
    const found = mails.filter((mail) => mail.includes(text));
    return found.length > 0 ? found : undefined;
  }, `a mail about ${text}`);
}
