/** Makes the Secret sluice-keys, once: the key of the server and the secret of the sender `ci`. Arguments: API server, folder of the account. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, api, account] = process.argv;
const ofAccount = (name) => readFileSync(join(account, name), 'utf8').trim();
const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'server-key.json');
const said = execFileSync(process.execPath, ['bin/sluice.mjs', 'key', 'init', file, '--output=json'], {
  encoding: 'utf8',
});
const stringData = {
  'server-key.json': readFileSync(file, 'utf8'),
  'public-key': JSON.parse(said).publicKey,
  ci: `whsec_${randomBytes(32).toString('base64')}`,
};
const answer = await fetch(`${api}/api/v1/namespaces/${ofAccount('namespace')}/secrets`, {
  method: 'POST',
  headers: { authorization: `Bearer ${ofAccount('token')}`, 'content-type': 'application/json' },
  body: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sluice-keys' }, stringData }),
});
if (answer.status === 409) console.log('sluice-keys is there already: it stays as it is');
else if (answer.ok) console.log('made sluice-keys');
else throw new Error(`sluice-keys cannot be made: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
