import { Context } from '@temporalio/activity';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../../../src/contract/activities.ts';
import { mayRoute } from '../../../src/contract/may-route.ts';
import { proofOf } from '../proof.ts';
import { fakeChange } from './fake-change.ts';
import { fakeInterval } from './fake-interval.ts';
import { ScriptedWorld } from './scripted-world.ts';

/** A recorded stand-in for the cluster: every branch of the workflow can be made to happen, and what it did can be read. */
export class FakeWorld extends ScriptedWorld {
  private readonly asked = new Set<string>();

  cluster(): ClusterActivities {
    return {
      showStatus: async ({ to }) => ({ told: to, refused: [], later: [], over: true }),
      awaitWorker: async () => this.enter('awaitWorker'),
      detect: async () => {
        await this.enter('detect');
        if (this.detection) return this.detection;
        this.epoch += 1;
        return {
          kind: 'new',
          clusterUid: 'uid',
          uids: { ...this.uids },
          ...(this.withoutCanary && { withoutCanary: true }),
          epoch: this.epoch,
          revision: { id: 'new0000001', image: 'reviews:v2', config: [] },
          previous: { id: 'old0000001', image: 'reviews:v1', config: [] },
          primaryReplicas: 3,
          autoscalers: this.hasAutoscaler ? { primary: { name: 'reviews', min: 2, max: 8 } } : {},
          routeFound: { rules: [{ index: 0, canary: true, weighted: true }] },
          warnings: [],
        };
      },
      createCanary: async (input) => {
        await this.enter('createCanary', undefined, input);
        return { 'Deployment demo/reviews-v2': 'made' };
      },
      scaleCanary: async (input) => {
        await this.enter('scaleCanary', `${input.replicas}${input.hold ? ' held' : ''}`, input);
        if (input.hold) this.held = true;
      },
      boundAutoscaler: async (input) => {
        await this.enter('boundAutoscaler', `${input.side} ${input.bounds.min}-${input.bounds.max}`, input);
        return { autoscaler: { name: `${input.side}-hpa`, ...input.bounds } };
      },
      route: async (input) => {
        const { primary, canary, mirror, affinity, match } = input.intent;
        const cookie = affinity ? ` ${affinity.phase} ${affinity.value}` : '';
        const matched = match ? ` match ${match.length}` : '';
        await this.enter('route', `${primary}/${canary}${mirror ? ` mirror ${mirror}` : ''}${matched}${cookie}`, input);
        this.passFence('route', input);
        const why = mayRoute(
          input.intent,
          this.route,
          { primary: this.primaryReady, canary: this.canaryReady },
          input.canary,
        );
        if (why) return { kind: 'notReady', sentence: why };
        const [drift] = this.drift;
        if (drift && input.expected) return { kind: 'drift', sentence: drift };
        this.drift.shift();
        this.route = input.intent;
        const notTaken = input.intent.canary > 0 ? this.notTaken.shift() : undefined;
        if (notTaken) return { kind: 'notTaken', sentence: notTaken };
        return { kind: 'written', at: '2026-11-21T12:00:00.000Z' };
      },
      upgradePrimary: async (input) => {
        await this.enter('upgradePrimary', String(input.replicas), input);
        this.passFence('primary', input);
        this.primary = 'new';
        return { kind: 'written' };
      },
      restorePrimary: async (input) => {
        await this.enter(input.sizeOnly ? 'growPrimary' : 'restorePrimary', undefined, input);
        this.passFence('primary', input);
        if (!input.sizeOnly) this.primary = 'old';
        this.primarySize = Math.max(this.primarySize, input.replicas ?? 0);
        this.primaryReady = this.growsTo ?? this.primarySize;
      },
      raiseFence: async (input) => {
        await this.enter('raiseFence', 'primary', input);
        this.passFence('primary', input);
        return { touched: this.primary === 'new' };
      },
      scaleCanaryToZero: async (input) => {
        await this.enter('scaleCanaryToZero', undefined, input);
        this.held = false;
      },
      createDestinations: async (input) => {
        await this.enter('createDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
      look: async () => this.seen(),
      removeDestinations: async (input) => {
        await this.enter('removeDestinations', undefined, input);
        return ['Service demo/reviews-canary'];
      },
    };
  }

  waits(): WaitActivities {
    return {
      awaitWorker: async () => this.enter('awaitWorker'),
      awaitReady: async (input) => {
        await this.enter('awaitReady', `${input.side} ${input.replicas}`);
        const scripted = this.ready.get(input.side)?.shift();
        // as if the time were over
        if (scripted?.ready === false) return { ...scripted, hopeless: true };
        const held = this.held && input.side === 'canary' && ({ held: true } as const);
        return scripted ?? { ready: true, replicas: input.replicas, podHash: 'abc', sentence: 'ready', ...held };
      },
      runAcceptance: async () => {
        await this.enter('runAcceptance');
        return { passed: this.acceptancePasses, sentence: this.acceptancePasses ? '1/1' : 'health: 500', details: [] };
      },
      runLoad: async (input) => {
        await this.enter('runLoad');
        const { seconds = 0 } = input.soFar ?? {};
        if (seconds < this.loadSlices)
          return { soFar: { seconds: seconds + 1, statuses: [], unanswered: 0, times: [] } };
        return { passed: this.loadPasses, sentence: this.loadPasses ? '100 %' : '70 %', details: [] };
      },
      checkInterval: async (input) => fakeInterval(this, input),
      observeAway: async () => {
        await this.enter('observeAway');
        return this.observation.shift() ?? { kind: 'away', sentence: 'away' };
      },
      awaitChange: async (input) => fakeChange(this, this.cluster(), input),
    };
  }

  control(): Pick<ControlActivities, 'handOverNews' | 'verifyActor' | 'verifyOffer' | 'needsProof' | 'askWindow'> {
    return {
      askWindow: async ({ purpose }) => {
        await this.enter('askWindow', purpose);
        return this.windows.shift() ?? { open: true };
      },
      handOverNews: async ({ view, closed, ended }) => {
        const fresh = view.questions.filter(({ id }) => !this.asked.has(id));
        for (const { id } of fresh) this.asked.add(id);
        if (fresh.length > 0) this.notices.push({ topic: 'needs-you', view });
        if (ended) this.notices.push({ topic: 'ended', view });
        this.closed.push(...closed);
      },
      needsProof: async () => this.needsProof,
      verifyOffer: async () => ({}),
      verifyActor: async ({ action }) => {
        await Context.current().sleep(this.slowProof);
        return proofOf(action);
      },
    };
  }
}
