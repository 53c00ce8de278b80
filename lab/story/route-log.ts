/** Every change of where users and copies were sent, seen by a watch on the VirtualService. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/kubernetes/index.ts';
import type { LabState } from '../index.ts';

/** Percents; primary and canary add up to 100. */
export interface Traffic {
  primary: number;
  canary: number;
  /** Share of requests that is copied to the canary. */
  mirror: number;
}

export interface TrafficChange extends Traffic {
  /** Epoch ms at which it was seen. */
  at: number;
}

/** The part of a VirtualService that is read here. */
export interface RouteObject {
  spec?: {
    http?: {
      match?: unknown[];
      route?: { destination: { subset?: string }; weight?: number }[];
      mirror?: object;
      mirrorPercentage?: { value?: number };
    }[];
  };
}

export class RouteLog {
  readonly changes: TrafficChange[] = [];
  private readonly ended = new AbortController();
  private problem: unknown;

  /** Watches a VirtualService until {@link stop}. */
  constructor(lab: LabState, namespace: string, name: string) {
    this.follow(lab, namespace, name).catch((error: unknown) => {
      this.problem = error;
    });
  }

  private async follow(lab: LabState, namespace: string, name: string): Promise<void> {
    const where = { apiVersion: 'networking.istio.io/v1', resource: 'virtualservices', kind: 'VirtualService' };
    const { signal } = this.ended;
    for await (const object of connect({ kubeconfig: lab.kubeconfig }).follow({ ...where, namespace, name }, signal)) {
      if (object) this.add(trafficOf(object as RouteObject));
    }
  }

  private add(traffic: Traffic): void {
    const last = this.changes.at(-1);
    if (last && sameTraffic(last, traffic)) return;
    this.changes.push({ at: Date.now(), ...traffic });
  }

  /** Resolves when the canary gets `weight` percent of the users. */
  async untilWeight(weight: number, signal: AbortSignal): Promise<void> {
    while (this.changes.at(-1)?.canary !== weight) {
      if (this.problem) throw this.problem;
      await sleep(50, undefined, { signal });
    }
  }

  stop(): void {
    this.ended.abort();
  }
}

export function trafficOf({ spec }: RouteObject): Traffic {
  // A rule with a match is for some users only, those with a cookie for instance.
  const rule = spec?.http?.find(({ match }) => !match);
  const weight = (subset: string) => rule?.route?.find(({ destination }) => destination.subset === subset)?.weight ?? 0;
  return {
    primary: weight('v1'),
    canary: weight('v2'),
    mirror: rule?.mirror ? (rule.mirrorPercentage?.value ?? 100) : 0,
  };
}

function sameTraffic(a: Traffic, b: Traffic): boolean {
  return a.primary === b.primary && a.canary === b.canary && a.mirror === b.mirror;
}
