import { join } from 'node:path';
import { expectOk } from '../host/http-check.ts';
import type { Part } from '../host/part.ts';

const URL = 'http://127.0.0.1:2379';

export const etcd: Part = {
  name: 'etcd',
  needs: [],
  about: 'etcd',
  address: () => URL,
  command: (state) => ({
    argv: [
      state.bin.etcd ?? 'etcd',
      `--data-dir=${join(state.dir, 'etcd')}`,
      `--listen-client-urls=${URL}`,
      `--advertise-client-urls=${URL}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--log-level=warn',
      // the data does not outlive the lab
      '--unsafe-no-fsync',
    ],
  }),
  check: (_state, signal) => expectOk(`${URL}/health`, signal),
};
