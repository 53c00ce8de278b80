/**
 * The mail sink's process: `node sink.ts HOST PORT FOLDER`. Each mail becomes ID.eml (as received) and ID.json
 * ({@link StoredMail}); ids sort by arrival.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { StoredMail } from './stored-mail.ts';
import { parseHeaders } from './stored-mail.ts';

const [host = '127.0.0.1', port = '1025', dir = '.'] = process.argv.slice(2);
mkdirSync(dir, { recursive: true });
let received = 0;

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onAuth: (_auth, _session, done) => done(null, { user: 'lab' }),
  onData(stream, session, done) {
    buffer(stream)
      .then((raw) => store(raw, session))
      .then(() => done(), done);
  },
});
server.on('error', (error) => console.error(error.message));
server.listen(Number(port), host, () => console.log(`mail sink on ${host}:${port}, mails in ${dir}`));
process.on('SIGTERM', () => process.exit(0));

/** The JSON file appears last and whole: whoever sees it finds the mail beside it. */
function store(raw: Buffer, session: SMTPServerSession): void {
  received += 1;
  const id = `${Date.now()}-${String(received).padStart(4, '0')}`;
  const { mailFrom, rcptTo } = session.envelope;
  const mail: StoredMail = {
    id,
    receivedAt: new Date().toISOString(),
    from: mailFrom ? mailFrom.address : '',
    to: rcptTo.map((recipient) => recipient.address),
    headers: parseHeaders(raw.toString('utf8')),
  };
  writeFileSync(join(dir, `${id}.eml`), raw);
  writeFileSync(join(dir, `${id}.tmp`), `${JSON.stringify(mail, null, 2)}\n`);
  renameSync(join(dir, `${id}.tmp`), join(dir, `${id}.json`));
  console.log(`${id} to ${mail.to.join(', ')}`);
}
