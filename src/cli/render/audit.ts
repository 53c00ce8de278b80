import type { AuditRecord } from '../../audit/record.ts';
import { type TerminalLook, toLine } from './look.ts';
import { cleanDeep, column, columnRight, wrap } from './text.ts';

const TIME = 20;
const WHO = 24;
const INDENT = TIME + 2 + 2 + 2;

/** Time, step, who and what on one line; reason and result in full below it, so that no number is cut. */
export function renderAudit(records: AuditRecord[], look: TerminalLook): string[] {
  const mark = look.unicode ? '…' : '~';
  const heading = `${column('TIME', TIME)}  ST  ${column('WHO', WHO)}  WHAT`;
  const lines = cleanDeep(records).flatMap((record) => [
    ...head(record, look, mark),
    ...below(record).flatMap((text) =>
      wrap(text, look.width - INDENT).map((line) => toLine([' '.repeat(INDENT), ['quiet', line]], look)),
    ),
  ]);
  return [toLine([['quiet', heading]], look), ...lines];
}

function head(record: AuditRecord, look: TerminalLook, mark: string): string[] {
  const who = column(record.who, WHO, mark);
  const room = look.width - INDENT - WHO - 2;
  const [first = '', ...more] = wrap(record.what, Math.max(20, room));
  const start = `${column(record.at.replace(/\.\d+Z$/, 'Z'), TIME)}  ${columnRight(String(record.step ?? ''), 2)}  `;
  const line = toLine([['quiet', start], record.who === 'sluice' ? who : ['strong', who], `  ${first}`], look);
  return [line, ...more.map((text) => toLine([' '.repeat(INDENT + WHO + 2), text], look))];
}

/** A name that was cut is said in full. */
function below({ who, why, result, attempt }: AuditRecord): string[] {
  const tries = attempt ? ` (attempt ${attempt})` : '';
  return [...(who.length > WHO ? [`by ${who}`] : []), ...(why ? [why] : []), `${result}${tries}`];
}
