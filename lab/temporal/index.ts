/** Temporal's development server: frontend, history and UI in one process, its data in the run folder. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
// a server without these refuses the product's workflows
import { SEARCH_ATTRIBUTES } from '../../src/contract/ids.ts';
import type { Part } from '../host/part.ts';
import { storedIn } from './storage.ts';

/** Its worker controller, which is off by default: it starts processes for versions of workers that were registered with a command. */
const STARTS_WORKERS = [
  'workercontroller.enabled=true',
  'workercontroller.compute_providers.enabled=["subprocess"]',
  'workercontroller.scaling_algorithms.enabled=["no-sync"]',
].map((value) => `--dynamic-config-value=${value}`);

export const temporal: Part = {
  name: 'temporal',
  needs: [],
  about: 'Temporal server and UI',
  address: (state) => `${state.temporal}, ${state.temporalUi}`,
  command: (state) => ({
    argv: [
      state.bin.temporal ?? 'temporal',
      ...['server', 'start-dev', '--ip=127.0.0.1', '--port=7233', '--ui-port=8233'],
      ...storedIn(join(state.dir, 'temporal.db')),
      '--log-level=warn',
      ...STARTS_WORKERS,
      ...SEARCH_ATTRIBUTES.map((name) => `--search-attribute=${name}=Keyword`),
    ],
  }),
  async check(state, signal) {
    const args = ['operator', 'cluster', 'health', `--address=${state.temporal}`, '--command-timeout=2s'];
    await promisify(execFile)(state.bin.temporal ?? 'temporal', args, { signal, timeout: 4000 });
  },
};
