/**
 * Arguments of Temporal's development server for data that outlive it, whatever ends it. They do not outlive the machine: nothing
 * waits for the disk, which would be most of the time of a workflow.
 */
export function storedIn(file: string): string[] {
  return [`--db-filename=${file}`, '--sqlite-pragma=journal_mode=wal', '--sqlite-pragma=synchronous=off'];
}
