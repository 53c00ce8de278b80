/** What `sluice audit verify` says. Pure. */
import type { AuditFile } from '../../audit/index.ts';
import type { Verification } from '../../audit/verify.ts';
import { plural } from '../../contract/words.ts';
import { markedLines } from './doctor.ts';
import { type TerminalLook, toLine } from './look.ts';
import { clean } from './text.ts';

/** @param left why not all was re-executed */
export function renderVerification(
  file: AuditFile,
  { findings, executed, signedBy }: Verification,
  left: string | undefined,
  look: TerminalLook,
): string[] {
  const { workflow, told, sluice, exportedAt, events } = file;
  const { rollout = 'no rollout', outcome } = told;
  const what = `${rollout} (${workflow}): ${outcome?.kind ?? 'not ended yet'}; Sluice ${sluice}, exported ${exportedAt}`;
  const whole = `the chain over ${events.join(' + ')} events is whole`;
  const same = `the workflow code, re-executed, decides the same: ${executed?.compared} inputs, answers and results`;
  return [
    toLine([['strong', clean(what)]], look),
    ...findings.flatMap(({ run, event, field, problem }) => {
      const place = [event && `event ${event}`, field].filter(Boolean).join(', ');
      return markedLines('bad', '✖', `${place}${run ? ` (run ${run})` : ''}: ${problem}`, look);
    }),
    ...(findings.length === 0 ? markedLines('good', '✔', whole, look) : []),
    ...(findings.length === 0 && executed ? markedLines('good', '✔', same, look) : []),
    ...(left ? markedLines('warn', '⚠', `not re-executed: ${left}`, look) : []),
    ...(signedBy ? markedLines('quiet', '·', `signed by the server with the key ${signedBy}`, look) : []),
    ...(outcome?.told ? markedLines('quiet', '·', `the notices of the result say: audit ${outcome.head}`, look) : []),
    findings.length > 0
      ? `${plural(findings.length, 'finding')}: this is not what was exported, or not what was decided.`
      : NOT_TRUTH,
  ];
}

const NOT_TRUTH = 'That decisions follow from what was recorded does not prove that the records are true.';
