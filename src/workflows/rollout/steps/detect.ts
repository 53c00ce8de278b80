/** Step 1: the new revision, read, pinned and hashed; everything that forbids a rollout is said here, before the first write. */
import { workflowInfo } from '@temporalio/workflow';
import type { Detected, NewRevision } from '../../../contract/detected.ts';
import { rolloutId } from '../../../contract/ids.ts';
import { offeredWords } from '../../../contract/offer.ts';
import { detectActivity } from '../../activities.ts';
import { NothingToDo } from '../errors.ts';
import type { Run } from '../run.ts';
import { publishIdentity } from '../search-attributes.ts';
import { takeNumber } from '../writer.ts';

export async function detect(run: Run): Promise<void> {
  // an earlier run has begun to go back
  if (run.goingBack) throw run.goBackRequest;
  await run.step('detect', async () => {
    const summary =
      run.offer.kind === 'repair'
        ? 'look at what a lost rollout left behind'
        : `detect what ${offeredWords(run.offer.event, 'the configuration')} changes`;
    const { runId, runStartTime } = workflowInfo();
    const startedAt = runStartTime.toISOString();
    const { offer, cluster } = run;
    const { clusterUid } = offer;
    const input = { offer, cluster, run: runId, startedAt, ...(clusterUid && { clusterUid }) };
    const detected = await run.insist(summary, () => detectActivity(run, summary).detect(input));
    if (detected.kind === 'repair') return takeOver(run, detected);
    if (detected.kind !== 'new') return nothingToDo(run, detected);
    if (detected.plan) run.pin(detected.plan);
    if (detected.startedBy) run.view.startedBy.by = detected.startedBy;
    return accept(run, detected);
  });
  if (run.offer.kind === 'repair') goBackFromRepair(run);
}

/** The state in which the lost rollout would begin its way back. */
function takeOver(run: Run, { left, ...detected }: Extract<Detected, { kind: 'repair' }>): string {
  const { view, state } = run;
  accept(run, detected);
  // written by another run: nothing of it is known to be as it should
  for (const object of left.written) takeNumber(run, object);
  state.touched = left.written.includes('primary');
  state.canaryReplicas = left.canaryReplicas;
  state.podHash = left.podHash;
  state.cookieGiven = left.cookie !== undefined;
  state.cookieOf = left.cookie;
  view.route = left.route;
  view.replicas.canary = left.canaryReplicas;
  view.warnings.push(...left.sentences.map((sentence) => `Left behind by ${left.rollout}: ${sentence}.`));
  return `left behind by ${left.rollout}`;
}

/** Nothing goes forward in a repair. */
function goBackFromRepair(run: Run): never {
  const note = run.line('detect').note ?? 'left behind';
  run.goBack({ kind: 'repaired', reason: `Brought to rest what was ${note}.`, step: 'detect' });
}

function accept(run: Run, detected: NewRevision): string {
  const { view, state, plan } = run;
  state.detected = detected;
  view.rollout = rolloutId(plan.name, detected.epoch);
  view.revision = detected.revision;
  view.previous = detected.previous;
  view.replicas.primary = detected.primaryReplicas;
  view.warnings.push(...detected.warnings);
  run.showState();
  run.answer = { plan: plan.name, namespace: plan.namespace, status: 'started', rollout: view.rollout };
  publishIdentity(view);
  return `${detected.revision.image} (${detected.revision.id})`;
}

function nothingToDo(run: Run, detected: Exclude<Detected, { kind: 'new' | 'repair' }>): never {
  const answer = { plan: run.plan.name, namespace: run.plan.namespace };
  switch (detected.kind) {
    case 'sound': {
      const reason = detected.sentence;
      run.answer = { ...answer, status: 'unchanged', reason };
      throw new NothingToDo({ kind: 'unchanged', reason });
    }
    case 'unchanged': {
      const { revision, unseen } = detected;
      const reason = [`The primary already runs ${revision.image} (${revision.id}).`, ...(unseen ? [unseen] : [])].join(
        ' ',
      );
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
