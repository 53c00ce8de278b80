import { join } from 'node:path';
import { secureGet } from '../control-plane/secure-get.ts';
import type { Part } from './part.ts';
import { stateFile } from './state.ts';

/** The process that runs pods (lab/kubelet); it needs nothing of the mesh. */
export const kubelet: Part = {
  name: 'kubelet',
  needs: ['base'],
  about: 'runs pods as processes',
  command: (state) => ({
    argv: [process.execPath, join(import.meta.dirname, '..', 'kubelet', 'main.ts'), '--state', stateFile(state.dir)],
  }),
  async check(state, signal) {
    await secureGet(state, `${state.apiServer}/api/v1/nodes/${state.node}`, signal);
  },
};
