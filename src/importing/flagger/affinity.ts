import type { Field } from '../shared/field.ts';
import type { LooseTree } from '../shared/tree.ts';

const SECONDS_OF_A_DAY = 86_400;
const SAME = ['path', 'domain', 'sameSite', 'secure', 'httpOnly'];

export function convertAffinity(from: Field): LooseTree | undefined {
  if (!from.exists) return undefined;
  for (const key of ['cookieName', 'maxAge', ...SAME]) from.at(key).keep();
  if (!from.at('maxAge').exists) from.at('maxAge').change('not said: a day, as Flagger takes it');
  if (!from.at('path').exists)
    from.at('path').change('not said: "/", where a browser takes the directory that was asked');
  return {
    cookie: from.at('cookieName').text,
    maxAge: `${from.at('maxAge').number ?? SECONDS_OF_A_DAY}s`,
    ...Object.fromEntries(SAME.map((key) => [key, from.at(key).value])),
    httpOnly: from.at('httpOnly').value ?? false,
  };
}
