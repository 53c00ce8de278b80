import { Context } from '@temporalio/activity';
import type { MirrorNumbers, MirrorSpec } from '../../../src/contract/mirror.ts';
import type {
  MirrorClusterActivities,
  MirrorInspected,
  MirrorPlacement,
  MirrorWaitActivities,
  MirrorWatched,
  MirrorWriteResult,
} from '../../../src/contract/mirror-activities.ts';

const PLACEMENT: MirrorPlacement = {
  clusterUid: 'uid',
  epoch: 3,
  to: { host: 'forecast', subset: 'v1' },
  shape: 'rules',
  pods: { namespace: 'weather', labels: { app: 'forecast' } },
  external: false,
  live: { namespace: 'weather', names: ['forecast-v2'] },
  copies: { namespace: 'weather', names: ['forecast-v1'] },
};

export const NUMBERS: MirrorNumbers = {
  from: '2026-11-21T12:00:00.000Z',
  to: '2026-11-21T12:01:00.000Z',
  live: { requests: 1200, answers: { '2xx': 1200 } },
  copies: { requests: 1200, answers: { '2xx': 1200 } },
  evidence: '1,200 copies arrived.',
};

export function mirrorSpecFor(cluster: string, changes: Partial<MirrorSpec> = {}): MirrorSpec {
  return {
    name: 'watch',
    namespace: 'weather',
    cluster,
    route: { kind: 'VirtualService', name: 'forecast-route', namespace: 'weather' },
    from: { host: 'forecast', subset: 'v2' },
    to: { host: 'forecast', subset: 'v1' },
    percent: 100,
    unsafeMethods: false,
    prometheus: 'http://127.0.0.1:9090',
    ...changes,
  };
}

/** A recorded stand-in for the cluster. */
export class MirrorWorld {
  readonly calls: string[] = [];
  inspected: MirrorInspected = { kind: 'ready', placement: PLACEMENT, warnings: ['careful'] };
  /** Answers of the writes, first to last; afterwards every one is written. */
  writes: (MirrorWriteResult | Error)[] = [];
  watches: (MirrorWatched | Error)[] = [];
  measured: MirrorNumbers | Error = NUMBERS;

  cluster(): MirrorClusterActivities {
    return {
      inspectMirror: async () => {
        this.calls.push('inspect');
        return this.inspected;
      },
      writeMirror: async ({ on, fence }) => {
        this.calls.push(`${on ? 'on' : 'off'} ${fence.epoch}.${fence.seq}`);
        const answer = this.writes.shift() ?? { kind: 'written', at: '2026-11-21T12:00:00.000Z' };
        if (answer instanceof Error) throw answer;
        return answer;
      },
    };
  }

  waits(): MirrorWaitActivities {
    return {
      watchMirror: async ({ fence }) => {
        this.calls.push(`watch ${fence.seq}`);
        const answer = this.watches.shift();
        if (answer instanceof Error) throw answer;
        if (answer) return answer;
        for (;;) {
          Context.current().heartbeat();
          await Context.current().sleep(20);
        }
      },
      measureMirror: async () => {
        this.calls.push('measure');
        if (this.measured instanceof Error) throw this.measured;
        return this.measured;
      },
    };
  }
}
