import type { LabState } from '../host/state.ts';

/** Shows on stderr which parts have become ready: one rewritten line on a terminal, a line a part elsewhere. */
export function startProgress(stream: NodeJS.WriteStream = process.stderr): {
  onState(state: LabState): void;
  done(): void;
} {
  const shown = new Set<string>();
  let line = '';
  const onState = (state: LabState) => {
    const parts = Object.entries(state.parts);
    const ready = parts.filter(([, part]) => part.status === 'ready').map(([name]) => name);
    if (stream.isTTY) {
      const waiting = parts.filter(([, part]) => part.status === 'starting').map(([name]) => name);
      const rest = waiting.length > 0 ? `  waiting for ${waiting.join(', ')}` : '';
      const next = `starting  ${ready.length} of ${parts.length} ready${rest}`;
      if (next !== line) stream.write(`\r\x1b[K${next.slice(0, (stream.columns || 100) - 1)}`);
      line = next;
      return;
    }
    for (const name of ready.filter((one) => !shown.has(one))) {
      shown.add(name);
      stream.write(`${name} ready  [${shown.size} of ${parts.length}]\n`);
    }
  };
  const done = () => {
    if (line) stream.write('\r\x1b[K');
  };
  return { onState, done };
}
