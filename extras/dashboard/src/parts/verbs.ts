/** What people may ask of a rollout as it stands, and what each does and does not do. The rollout itself has the last word. */
import { isFinished, type StepName } from 'sluice/contract';
import type { Rollout } from 'sluice/server';

/** With a dialog of its own: it skips something, or takes something back. */
export type AskedVerb = 'abort' | 'reject' | 'promote' | 'set-weight';

export interface OfferedVerbs {
  /** At once. */
  direct: ('pause' | 'resume' | 'approve')[];
  asked: AskedVerb[];
}

/** What makes sense now. */
export function offeredBy(view: Rollout): OfferedVerbs {
  if (isFinished(view) || view.run.status === 'lost') return { direct: [], asked: [] };
  const state = (name: StepName) => view.steps.find((step) => step.name === name)?.state;
  const over = (name: StepName) => state(name) === 'done' || state(name) === 'skipped';
  const goingBack = view.state === 'going-back';
  const gate = view.questions.some((question) => question.gate);
  const steerable = !goingBack && !gate && over('load') && state('upgrade-primary') === 'pending';
  const asked: AskedVerb[] = [];
  if (steerable) asked.push('promote');
  if (steerable && over('stop-mirror')) asked.push('set-weight');
  if (gate) asked.push('reject');
  if (!over('switch-back') || goingBack) asked.push('abort');
  const direct: OfferedVerbs['direct'] = [];
  if (view.paused) direct.push('resume');
  else if (!goingBack && !over('switch-back')) direct.push('pause');
  if (view.closed && !gate) direct.push('approve');
  return { direct, asked };
}

export interface Consequence {
  title: string;
  /** In order. */
  happens: string[];
  /** What goes on all the same. */
  goesOn: string[];
  button: string;
  danger: boolean;
}

const CHECKS_GO_ON = 'The checks: they can still send everybody back.';

export function consequenceOf(verb: AskedVerb, view: Rollout): Consequence {
  const { plan, route } = view;
  const touched = view.steps.find(({ name }) => name === 'upgrade-primary')?.state !== 'pending';
  const users =
    route.canary > 0 ? `${route.canary} % of the users are on the canary now.` : 'No user is on the canary now.';
  const back = [
    users,
    touched
      ? 'The primary gets its previous revision again; users return when it is ready.'
      : 'All users go to the primary, as soon as it can carry them.',
    'Connections drain, then the canary goes to zero.',
    'The result is reported.',
  ];
  switch (verb) {
    case 'abort':
    case 'reject':
      return {
        title: verb === 'abort' ? `Abort ${plan}?` : `Reject ${plan}?`,
        happens: back,
        goesOn: [
          'Requests under way at the canary: they are answered.',
          'The way back: nothing stops it once it has begun.',
          ...(view.queued ? ['The version that waits behind it: you will be asked whether it starts.'] : []),
        ],
        button: verb === 'abort' ? `Abort ${plan}` : `Reject and roll ${plan} back`,
        danger: true,
      };
    case 'promote':
      return {
        title: `Promote ${plan} now?`,
        happens: [users, 'What is left of mirror and weights is skipped.', 'The primary is upgraded.'],
        goesOn: [CHECKS_GO_ON, 'Readiness, approvals and hours of the plan: they are waited for.'],
        button: `Promote ${plan}`,
        danger: true,
      };
    case 'set-weight':
      return {
        title: `Another share for the canary of ${plan}?`,
        happens: [
          users,
          'The canary gets the share that you write.',
          'After a passed interval the next larger weight of the plan follows.',
        ],
        goesOn: [CHECKS_GO_ON],
        button: 'Set the share',
        danger: false,
      };
  }
}

/** So much is at stake that the name has to be typed: nearly all users, or the primary itself. */
export function needsName(verb: AskedVerb, view: Rollout): boolean {
  if (verb !== 'abort') return false;
  const upgrade = view.steps.find(({ name }) => name === 'upgrade-primary')?.state;
  return view.route.canary >= 80 || (upgrade !== undefined && upgrade !== 'pending' && upgrade !== 'skipped');
}
