/** A picture that is redrawn in place; the last one stays in the scrollback. */
export class Screen {
  private readonly stream: NodeJS.WriteStream;
  private drawn: string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    // A resize reflows what was drawn, so its height is no longer known: start on a clean screen.
    stream.on('resize', this.reset);
    stream.write(HIDE_CURSOR);
  }

  /** Writes nothing when nothing changed. Every line must fit the width, and all of them the height. */
  draw(lines: string[]): void {
    if (lines.length === this.drawn.length && lines.every((line, index) => line === this.drawn[index])) return;
    const up = this.drawn.length > 0 ? `\u001b[${this.drawn.length}A` : '';
    const body = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    this.stream.write(`${BEGIN_SYNC}${up}\r${body}${CLEAR_BELOW}${END_SYNC}`);
    this.drawn = lines;
  }

  close(): void {
    this.stream.off('resize', this.reset);
    this.stream.write(SHOW_CURSOR);
  }

  private readonly reset = (): void => {
    this.drawn = [];
    this.stream.write(CLEAR_SCREEN);
  };
}

/** ECMA-48 sequences; synchronized output is private mode 2026, which terminals without it ignore. */
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_SCREEN = '\u001b[2J\u001b[H';
const BEGIN_SYNC = '\u001b[?2026h';
const END_SYNC = '\u001b[?2026l';
