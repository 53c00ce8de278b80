/** What the supervisor knows about a part of the lab. Each part is described in its own folder. */
import type { LabState, PartName } from './state.ts';

interface Command {
  /** First entry is the program. */
  argv: string[];
  /** On top of the supervisor's environment. */
  env?: Record<string, string>;
}

export interface Part {
  name: PartName;
  /** Parts that must be ready before this one starts. */
  needs: readonly PartName[];
  /** For the table: what it is. */
  about: string;
  /** For the table: where it answers. */
  address?(state: LabState): string;
  /** Work before the first start: files to write, objects to create. Not repeated when the part is started again. */
  prepare?(state: LabState, signal: AbortSignal): Promise<void>;
  /** The long-running process; absent when the preparation is all there is. */
  command?(state: LabState): Command;
  /** One health check; throws while the part is not ready. Repeated every 100 ms. */
  check?(state: LabState, signal: AbortSignal): Promise<void>;
  /** Milliseconds for preparation and first successful check together. Default 3 minutes. */
  readyWithinMs?: number;
  /** Milliseconds between SIGTERM and SIGKILL. Default 3 s. */
  graceMs?: number;
}
