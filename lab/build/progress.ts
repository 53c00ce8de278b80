/** How a long first build shows that it lives: one line, rewritten on a terminal, repeated now and then elsewhere. */

/** What `ensureBuilt` tells about its work. */
export interface BuildProgress {
  /** Another process builds; we wait for it. */
  waiting(pid: number): void;
  begin(step: BuildStep): void;
  end(step: BuildStep, elapsedMs: number): void;
  /** Called once however the build ends. */
  close(): void;
}

export interface BuildStep {
  name: string;
  expectedMs: number;
  /** 1-based. */
  index: number;
  total: number;
}

/** `1m12s`, `9s`: whole seconds, as short as clear. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const rest = seconds % 60;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(rest).padStart(2, '0')}s`;
}

/** `building kube-apiserver  1m12s of about 3m10s  [3 of 9]` */
export function formatStep(step: BuildStep, elapsedMs: number): string {
  const expected = `${formatDuration(elapsedMs)} of about ${formatDuration(step.expectedMs)}`;
  return `building ${step.name}  ${expected}  [${step.index} of ${step.total}]`;
}

/** Progress on a stream: every second on a terminal, otherwise a line at each begin and end and every 15 s. */
export function streamProgress(stream: NodeJS.WriteStream = process.stderr): BuildProgress {
  const tty = stream.isTTY === true;
  let timer: NodeJS.Timeout | undefined;
  const line = (text: string) => stream.write(tty ? `\r\x1b[K${text}` : `${text}\n`);
  const close = () => clearInterval(timer);
  return {
    waiting: (pid) => void stream.write(`another build is running (process ${pid}): waiting for it\n`),
    begin(step) {
      const started = Date.now();
      line(formatStep(step, 0));
      timer = setInterval(() => line(formatStep(step, Date.now() - started)), tty ? 1000 : 15_000);
    },
    end(step, elapsedMs) {
      close();
      line(`built ${step.name} in ${formatDuration(elapsedMs)}  [${step.index} of ${step.total}]`);
      if (tty) stream.write('\n');
    },
    close,
  };
}
