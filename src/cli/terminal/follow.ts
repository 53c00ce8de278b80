import type { RolloutView } from '../../contract/view.ts';
import { EXIT, type ExitCode, outcomeCode } from '../exit-codes.ts';
import { changeLines } from '../render/changes.ts';
import { renderRollout } from '../render/index.ts';
import type { Picture } from '../render/picture.ts';
import { REPAIR_HINT } from '../render/reconcile.ts';
import type { Session } from '../session.ts';
import { interruptible } from './interruptible.ts';
import { Screen } from './screen.ts';
import type { Terminal } from './terminal.ts';
import { type Frame, type WatchEnd, type WatchOptions, watchRollout } from './watch.ts';

export type FollowOptions = Pick<WatchOptions, 'workflowId' | 'delivery' | 'failFast' | 'timeout'>;

/** Watches a rollout until it ends, in the form that fits the output. @returns the exit code of its outcome */
export async function follow({ client, settings, terminal }: Session, options: FollowOptions): Promise<ExitCode> {
  const viewer = openViewer(terminal);
  try {
    const end = await interruptible((signal) =>
      watchRollout(client, {
        ...options,
        cluster: settings.cluster,
        signal,
        onFrame: (frame) => viewer.show(frame),
        onTrouble: (trouble) => viewer.trouble(trouble),
      }),
    );
    viewer.close();
    return conclude(end, terminal);
  } finally {
    viewer.close();
  }
}

/** Says how the watching ended where the picture does not. */
function conclude(end: WatchEnd, terminal: Terminal): ExitCode {
  switch (end.kind) {
    case 'ended':
      if (end.view.outcome?.kind === 'unchanged') terminal.say(`Nothing to do: ${end.view.outcome.reason}`);
      return outcomeCode(end.view.outcome);
    case 'replaced':
      terminal.say(`The rollout that was watched is over: ${end.by ?? 'a newer one'} has taken its place.`);
      return EXIT.superseded;
    case 'lost':
      terminal.say(
        `The workflow is gone (${end.trouble}). Traffic stays as it was last written; no one brings this rollout to its end. ${REPAIR_HINT}`,
      );
      return EXIT.unexpected;
    case 'needsYou':
      terminal.say('The rollout needs a person; --fail-fast ends the watching here.');
      return EXIT.needsYou;
    case 'timeout':
      terminal.say('--timeout is over. Only the watching stops; the rollout goes on.');
      return EXIT.timeout;
    case 'interrupted':
      terminal.say('Stopped watching. The rollout goes on.');
      return EXIT.interrupted;
  }
}

export interface Viewer {
  show(frame: Pick<Frame, 'view' | 'workers'> & { snapshot: Pick<Frame['snapshot'], 'live'> }): void;
  trouble(text: string): void;
  close(): void;
}

/** @param clock that times of the picture are told by; default: the reader's */
export function openViewer(terminal: Terminal, clock = () => new Date()): Viewer {
  if (terminal.output !== 'text') return dataViewer(terminal);
  const isScreen = process.stdout.isTTY && process.env.TERM !== 'dumb';
  return isScreen ? screenViewer(terminal, clock) : lineViewer(terminal, clock);
}

/** One view per change. Also for `json`: a stream has no other form. */
function dataViewer(terminal: Terminal): Viewer {
  let last = '';
  return {
    show({ view }) {
      const text = JSON.stringify(view);
      if (text !== last) terminal.print(text);
      last = text;
    },
    trouble: (text) => terminal.say(text),
    close: () => undefined,
  };
}

function lineViewer(terminal: Terminal, clock: () => Date): Viewer {
  let last: RolloutView | undefined;
  return {
    show({ view }) {
      for (const line of changeLines(last, view, clock())) terminal.print(line);
      last = view;
    },
    trouble: (text) => terminal.say(`${text}; nothing is lost, the watching goes on`),
    close: () => undefined,
  };
}

/** Frames come once a second; the clock between them is the reader's. */
function screenViewer(terminal: Terminal, clock: () => Date): Viewer {
  const screen = new Screen(process.stdout);
  let picture: Picture | undefined;
  let open = true;
  const draw = (final: boolean) => {
    if (!picture) return;
    const { columns = 80, rows = 24 } = process.stdout;
    const look = { ...terminal.look, width: Math.min(columns, terminal.look.width), height: Math.max(1, rows - 1) };
    screen.draw(renderRollout({ ...picture, now: clock(), watching: !final }, look));
  };
  return {
    show({ view, snapshot, workers }) {
      picture = { view, live: snapshot.live, workers, now: clock(), watching: true };
      draw(false);
    },
    // The banner of the picture says it; before the first picture there is none.
    trouble: (text) => {
      if (!picture) terminal.say(`${text}; waiting for one, nothing is lost`);
    },
    close() {
      if (!open) return;
      open = false;
      draw(true);
      screen.close();
    },
  };
}
