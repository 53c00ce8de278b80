import {
  describePeer,
  followLines,
  MeshSeries,
  type Peer,
  parseAccessLogLine,
  sourceLabels,
} from '../mesh-metrics/index.ts';
import type { KubeletPod } from './types.ts';

/** The source's view of the mesh: counts what the Envoys log, and knows whose pod address is whose. */
export class MeshSources {
  #series = new MeshSeries();
  // A gone pod keeps its entry until its address is taken again: the log may still speak of it.
  #peers = new Map<string, Peer>();

  register(address: string, pod: KubeletPod): void {
    this.#peers.set(address, describePeer(pod));
  }

  /** Counts each new line of a proxy's access log; the answer reads what is left and stops. */
  follow(path: string, proxy: KubeletPod): Promise<() => Promise<void>> {
    const source = describePeer(proxy);
    return followLines(path, (line) => {
      const entry = parseAccessLogLine(line);
      if (!entry) return;
      const labels = sourceLabels(entry, source, (address) => this.#peers.get(address) ?? null);
      this.#series.observe(labels, entry.durationMs);
    });
  }

  render(): string {
    return this.#series.render();
  }
}
