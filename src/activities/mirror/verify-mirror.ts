import { isDeepStrictEqual } from 'node:util';
import { judgeOrder } from '../../authority/index.ts';
import type { MirrorInspected, MirrorStart } from '../../contract/mirror-activities.ts';
import type { InstallationFile } from '../../installation/index.ts';
import { notYet } from '../support/not-yet.ts';

/** Looks at route and target of a mirror once it is proven who wants exactly this one. @param sinceMs when it was asked first, Unix time */
export async function whenOrdered(
  installation: InstallationFile,
  { spec, startedAt, statement }: MirrorStart,
  sinceMs: number,
  inspect: () => Promise<MirrorInspected>,
): Promise<MirrorInspected> {
  const { cluster, namespace, name: plan } = spec;
  const fits = (what: unknown) => isDeepStrictEqual(what, spec);
  const start = { cluster, namespace, plan, fits, atMs: Date.parse(startedAt) };
  const proof = await judgeOrder(statement, 'mirror', start, await installation.current());
  if (!('refused' in proof)) return { ...(await inspect()), ...proof };
  if (proof.unknownKey) notYet('UnknownKey', proof.refused, sinceMs, '15s');
  const problem = `is refused: ${proof.refused}`;
  return { kind: 'refused', problems: [{ where: `the mirror ${plan}`, problem, remedy: 'start it with --server' }] };
}
