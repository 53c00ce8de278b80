/** How a long first build shows that it lives: one line, rewritten on a terminal, repeated now and then elsewhere. */

/** What `ensureBuilt` tells about its work; several things may be under way at once. */
export interface BuildProgress {
  /** What people should know, once. */
  say(line: string): void;
  /** Called once, before anything begins, if anything is missing. @param total programs and files to get */
  start(total: number): void;
  begin(task: BuildTask): void;
  /** New numbers of a task that has begun. */
  detail(task: BuildTask, text: string): void;
  end(task: BuildTask): void;
  /** Called once however the build ends. */
  close(): void;
}

export interface BuildTask {
  /** What is made: one program, or several together. */
  names: readonly string[];
  expectedMs: number;
}

/** A task under way. */
export interface Running {
  task: BuildTask;
  /** Epoch ms. */
  since: number;
  detail: string;
}

/** `1m12s`, `9s`: whole seconds, as short as clear. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const rest = seconds % 60;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(rest).padStart(2, '0')}s`;
}

/** `[3 of 11]  2 Go programs: 1m12s of about 3m10s, package 9 of at most 80 | envoy: 2s of about 10s` */
export function formatProgress(running: readonly Running[], done: number, total: number, now: number): string {
  const tasks = running.map(({ task, since, detail }) => {
    const time = `${formatDuration(now - since)} of about ${formatDuration(task.expectedMs)}`;
    const what = task.names.length > 1 ? `${task.names.length} Go programs` : task.names[0];
    return `${what}: ${time}${detail && `, ${detail}`}`;
  });
  return `[${done} of ${total}]  ${tasks.join(' | ')}`;
}

/**
 * Progress on a stream: every second on a terminal, otherwise a line at each begin and every 15 s.
 * @param held something else is on the stream: lines are said after it
 */
export function streamProgress(stream: NodeJS.WriteStream = process.stderr, held = () => false): BuildProgress {
  const tty = stream.isTTY === true;
  const running = new Map<BuildTask, Running>();
  let [done, total] = [0, 0];
  let timer: NodeJS.Timeout | undefined;
  const erase = () => tty && stream.write('\r\x1b[K');
  const later: string[] = [];
  const say = (line: string) => {
    later.push(line);
    if (held()) return;
    erase();
    for (const one of later.splice(0)) stream.write(`${one}\n`);
  };
  const show = () => {
    if (running.size === 0 || held()) return;
    const line = formatProgress([...running.values()], done, total, Date.now());
    if (!tty) return say(line);
    erase();
    stream.write(line.slice(0, (stream.columns || 100) - 1));
  };
  return {
    say,
    start(count) {
      total = count;
      timer = setInterval(show, tty ? 1000 : 15_000);
    },
    begin(task) {
      running.set(task, { task, since: Date.now(), detail: '' });
      show();
    },
    detail(task, text) {
      const known = running.get(task);
      if (known) known.detail = text;
    },
    end(task) {
      const took = Date.now() - (running.get(task)?.since ?? Date.now());
      running.delete(task);
      done += task.names.length;
      say(`[${done} of ${total}]  ready after ${formatDuration(took)}: ${task.names.join(', ')}`);
    },
    close() {
      clearInterval(timer);
      if (!held()) erase();
    },
  };
}
