/** What somebody does who would like the failed check to have passed: one figure, in a copy of the file. */
import { type AuditFile, auditFile } from '../../src/audit/index.ts';

/** What is changed in: the file as it lies there, in lines. */
export function textOf(file: AuditFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** @returns plain: changed where the file tells it, in `line`; thorough: in the history, and all it tells and the chain made anew */
export function forge(file: AuditFile, after: number) {
  const told = file.told.records.findLast(({ saw }) => saw?.verdict === 'fail');
  const before = told?.saw?.checks?.find(({ verdict }) => verdict === 'fail')?.value;
  const lines = textOf(file).split('\n');
  const line = lines.findIndex((text) => text.trim() === `"value": ${before},`);
  const plain: AuditFile = JSON.parse(lines.with(line, `"value": ${after},`).join('\n'));
  const runs = file.runs.map(({ run, events }) => {
    const changed = events.map(({ event }) => {
      if (run !== told?.run || Number(event.eventId) !== told.event) return event;
      return JSON.parse(JSON.stringify(event), (key, value) =>
        key === 'data' ? reworded(value, before, after) : value,
      );
    });
    return { run, events: changed };
  });
  return { line: line + 1, before, plain, thorough: auditFile(runs, file) };
}

function reworded(payload: string, before: unknown, after: number): string {
  const text = Buffer.from(payload, 'base64').toString();
  return Buffer.from(text.replace(`"value":${before},`, `"value":${after},`)).toString('base64');
}
