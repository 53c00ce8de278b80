/** Step 1: the new revision, read, pinned and hashed; everything that forbids a rollout is said here, before the first write. */
import { workflowInfo } from '@temporalio/workflow';
import type { Detected, NewRevision } from '../../rollout/activities.ts';
import { rolloutId } from '../../rollout/ids.ts';
import { detectActivity } from '../activities.ts';
import { NothingToDo } from '../errors.ts';
import { watchRoutes } from '../route-watch.ts';
import type { Run } from '../run.ts';
import { publishIdentity } from '../search-attributes.ts';

export async function detect(run: Run): Promise<void> {
  await run.step('detect', async () => {
    const summary = `detect what ${run.offer.event.image ?? 'the configuration'} changes`;
    const input = { offer: run.offer, cluster: run.cluster, run: workflowInfo().runId };
    const detected = await run.insist(summary, () => detectActivity(run.cluster, summary).detect(input));
    if (detected.kind !== 'new') return nothingToDo(run, detected);
    return accept(run, detected);
  });
  watchRoutes(run);
}

function accept(run: Run, detected: NewRevision): string {
  const { view, state, plan } = run;
  state.detected = detected;
  view.rollout = rolloutId(plan.name, detected.epoch);
  view.revision = detected.revision;
  view.previous = detected.previous;
  view.replicas.primary = detected.primaryReplicas;
  view.warnings.push(...detected.warnings);
  view.state = 'running';
  run.answer = { plan: plan.name, namespace: plan.namespace, status: 'started', rollout: view.rollout };
  publishIdentity(view);
  return `${detected.revision.image} (${detected.revision.id})`;
}

function nothingToDo(run: Run, detected: Exclude<Detected, { kind: 'new' }>): never {
  const answer = { plan: run.plan.name, namespace: run.plan.namespace };
  switch (detected.kind) {
    case 'unchanged': {
      const reason = `The primary already runs ${detected.revision.image} (${detected.revision.id}).`;
      run.answer = { ...answer, status: 'unchanged', reason };
      throw new NothingToDo({ kind: 'unchanged', reason });
    }
    case 'duplicate': {
      const reason = `This delivery was taken before, by ${detected.rollout}.`;
      run.answer = { ...answer, status: 'duplicate', rollout: detected.rollout, reason };
      throw new NothingToDo({ kind: 'duplicate', reason });
    }
    case 'refused': {
      const reason = detected.problems.map(({ where, problem }) => `${where}: ${problem}`).join('; ');
      run.view.problems = detected.problems;
      run.answer = { ...answer, status: 'rejected', reason, problems: detected.problems };
      throw new NothingToDo({ kind: 'refused', reason });
    }
  }
}
