/** A mail server that keeps every mail as files and delivers none. */
import { join } from 'node:path';
import type { Part } from '../host/part.ts';
import { expectListening } from '../host/tcp-check.ts';

export const smtp: Part = {
  name: 'smtp',
  needs: [],
  about: 'mail sink',
  address: (state) => `${state.smtp.host}:${state.smtp.port}`,
  command: ({ smtp: { host, port, mailDir } }) => ({
    argv: [process.execPath, join(import.meta.dirname, 'sink.ts'), host, String(port), mailDir],
  }),
  check: (state, signal) => expectListening(state.smtp.host, state.smtp.port, signal),
};
