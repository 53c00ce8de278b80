/** A setting of its own, or a right that it lacks, keeps a process from starting. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  /** What would be right. */
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}
