/** What a server signs of an audit, and statements as an audit holds them: read without an installation, by the key that they name. */
import { compactVerify } from 'jose';
import { publicKey, type ServerKey } from './keys.ts';
import { sign } from './statement.ts';

const TYPE = 'sluice-audit';

/** That this server made the file with this head: a compact JWS (RFC 7515, EdDSA). */
export const seal = (head: string, key: ServerKey) => sign(TYPE, { head }, key);
export const readSeal = (signature: string) => readByNamedKey<{ head: string }>(TYPE, signature);

/** @returns undefined when the key that it names has not made it, or as something else; whose key that is, others must know */
export async function readByNamedKey<Said>(
  type: string,
  statement: string,
): Promise<{ said: Said; key: string } | undefined> {
  try {
    const key = ({ kid = '' }) => publicKey(kid);
    const { payload, protectedHeader } = await compactVerify(statement, key, { algorithms: ['EdDSA'] });
    const { typ, kid = '' } = protectedHeader;
    return typ === type ? { said: JSON.parse(Buffer.from(payload).toString('utf8')), key: kid } : undefined;
  } catch {
    return undefined;
  }
}
