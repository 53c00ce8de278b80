import { setTimeout as sleep } from 'node:timers/promises';
import type { MirrorOutcomeKind, MirrorView } from '../../../contract/mirror.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { renderMirror } from '../../render/mirror.ts';
import { clean } from '../../render/text.ts';
import type { Session } from '../../session.ts';
import { interruptible } from '../../terminal/interruptible.ts';
import { Screen } from '../../terminal/screen.ts';
import { show, type Terminal } from '../../terminal/terminal.ts';
import { type MirrorSnapshot, mirrorSnapshot } from './snapshot.ts';

const CODES: Record<MirrorOutcomeKind, ExitCode> = {
  ended: EXIT.ok,
  stopped: EXIT.aborted,
  'target-lost': EXIT.failed,
  failed: EXIT.failed,
  refused: EXIT.refused,
};

/** A mirror that ended without an outcome is unexpected. */
export function mirrorCode({ outcome }: MirrorView): ExitCode {
  return outcome ? CODES[outcome.kind] : EXIT.unexpected;
}

export function lostWords({ trouble }: MirrorSnapshot): string {
  return `The workflow is gone (${trouble}). Start the mirror again under the same name and stop it: that removes what is left.`;
}

function withLive({ view, live }: MirrorSnapshot): MirrorView | undefined {
  return view && { ...view, ...(view.state === 'running' && live?.numbers ? { numbers: live.numbers } : {}) };
}

export function showMirror(terminal: Terminal, snapshot: MirrorSnapshot): void {
  const view = withLive(snapshot);
  if (view) show(terminal, view, () => renderMirror(view, snapshot.live, terminal.look, new Date()));
}

const POLL_MS = 1_000;

/** Until the mirror has ended; Ctrl-C stops the watching alone. @returns the exit code of its outcome */
export async function followMirror({ client, terminal }: Session, workflowId: string): Promise<ExitCode> {
  const viewer = openViewer(terminal);
  return interruptible(async (signal) => {
    for (;;) {
      const snapshot = await mirrorSnapshot(client, workflowId);
      viewer.show(snapshot);
      if (snapshot.status === 'lost') {
        terminal.say(lostWords(snapshot));
        return EXIT.unexpected;
      }
      if (snapshot.view?.state === 'ended') return mirrorCode(snapshot.view);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        terminal.say('Stopped watching. The mirror goes on.');
        return EXIT.interrupted;
      }
    }
  }).finally(() => viewer.close());
}

interface Viewer {
  show(snapshot: MirrorSnapshot): void;
  close(): void;
}

/** A picture on a terminal, a line for every change elsewhere, and at the end the whole report. */
function openViewer(terminal: Terminal): Viewer {
  if (terminal.output === 'text' && process.stdout.isTTY && process.env.TERM !== 'dumb') return screenViewer(terminal);
  let last = '';
  return {
    show(snapshot) {
      const view = withLive(snapshot);
      if (!view) {
        if (snapshot.trouble && snapshot.trouble !== last)
          terminal.say(`${snapshot.trouble}; nothing is lost, the watching goes on`);
        last = snapshot.trouble ?? last;
        return;
      }
      const line =
        terminal.output === 'text' ? `${view.state}: ${clean(view.sentence)}${progressOf(view)}` : JSON.stringify(view);
      if (line !== last) terminal.print(line);
      if (terminal.output === 'text' && view.state === 'ended') showMirror(terminal, snapshot);
      last = line;
    },
    close: () => undefined,
  };
}

function progressOf({ state, numbers }: MirrorView): string {
  return state === 'running' && numbers ? ` ${clean(numbers.evidence)}` : '';
}

function screenViewer(terminal: Terminal): Viewer {
  const screen = new Screen(process.stdout);
  return {
    show({ view, live }) {
      if (!view) return;
      const { columns = 80, rows = 24 } = process.stdout;
      const look = { ...terminal.look, width: Math.min(columns, terminal.look.width) };
      screen.draw(renderMirror(view, live, look, new Date()).slice(0, Math.max(1, rows - 1)));
    },
    close: () => screen.close(),
  };
}
