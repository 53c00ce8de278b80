/** The plan as people write it: the public contract `sluice.dev/v1alpha1`. `resolve.ts` turns it into what a rollout pins. */
import { z } from 'zod';
import { LAST_COMPARED_WEIGHT } from '../../judge/compare/presets.ts';
import { tellsArms } from '../../promql/check-query.ts';
import { can } from '../../routers/registry.ts';
import { imageName, parseImage } from '../image.ts';
import { expects, showValue, wording } from '../wording.ts';
import { affinity, affinityProblem } from './affinity.ts';
import { analysis } from './analysis.ts';
import { approvalProblem, approvals, freezes, pause, windows } from './gates.ts';
import { matchProblem } from './match.ts';
import { constant, dnsLabel, flag, imageRepository, labels, objectName, shortText } from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';
import { reportShares } from './shares.ts';
import { matchStages, shift, shiftStages } from './shift.ts';
import { acceptance, links, load, mirror, needsYou, notify, scale } from './steps.ts';
import { serviceNameOf, traffic } from './traffic.ts';

export const API_VERSION = 'sluice.dev/v1alpha1';
export const PLAN_KIND = 'RolloutPlan';

const metadata = section({
  name: dnsLabel('reviews').describe('Name of the plan; its rollouts are called <name>-1, <name>-2 …'),
  namespace: dnsLabel('demo').default('default').describe('Namespace of the workload and its routes'),
});

const workload = section({
  primary: objectName('reviews-v1').describe('Deployment that serves users at rest'),
  canary: objectName('reviews-v2').describe('Deployment at zero replicas at rest; made from the primary when absent'),
  canaryLabels: labels.describe('Labels that tell canary pods from primary pods, on pods and selector'),
  containers: list(dnsLabel('reviews'), 'a list of containers, for example [reviews]', { min: 1, max: 50 })
    .optional()
    .describe(
      "Containers, init containers too, whose image a deploy event replaces; default: all whose image has the event's repository",
    ),
  adoptRunning: flag.default(false).describe('Accept a canary that already has replicas at the start'),
  source: z
    .enum(['event', 'canary'], { error: expects('event or canary') })
    .optional()
    .describe(
      'Who brings new versions: deploy events an image, or people and Git the template of the canary Deployment; default: event',
    ),
}).check(
  rule(['primary', 'canary'], ({ primary, canary }, report) => {
    if (primary !== canary) return;
    report(['canary'], `${showValue(canary)} is the primary as well`, 'name another Deployment for the canary');
  }),
  rule(['adoptRunning', 'source'], ({ adoptRunning, source }, report) => {
    if (!adoptRunning || source !== 'canary') return;
    report(['adoptRunning'], 'with source: canary a canary begins at zero', 'remove adoptRunning');
  }),
);

const origin = section({
  repository: shortText('a repository, for example acme/reviews', 200)
    .optional()
    .describe('Repository whose jobs may, "*" for any characters: acme/*; default: any'),
  environment: shortText('an environment, for example production', 200)
    .optional()
    .describe('Environment that they must deploy to; default: any'),
}).check(
  rule(['repository', 'environment'], ({ repository, environment }, report) => {
    if (repository === undefined && environment === undefined)
      report([], 'says nothing', 'write a repository, an environment or both, or remove it');
  }),
);

const events = list(
  section({
    image: imageRepository.describe('Image name without tag and digest; an event with this image belongs to the plan'),
    from: origin
      .optional()
      .describe("What the sender's OIDC token must prove, people at the command line apart; default: any sender may"),
  }),
  'a list of images, for example [{ image: registry.example.com/bookinfo/reviews }]',
).superRefine((entries, context) => {
  reportRepeats(
    entries,
    ({ image }) => imageName(parseImage(image) ?? { name: image }),
    (index, key, first) => {
      const message = wording(`${key} is in the list already (entry ${first})`, 'remove one of the two');
      context.addIssue({ code: 'custom', path: [index, 'image'], message });
    },
  );
});

const spec = section({
  workload: workload.describe('The two Deployments of the service'),
  events: events
    .default([])
    .describe(
      'Images that may be rolled out, and the deploy events that belong to this plan; none: only changed configuration',
    ),
  traffic: traffic.describe('Routes, and who is primary and canary on them'),
  scale: scale.prefault({}).describe('Sizes of canary and primary'),
  acceptance: acceptance.nullish().describe('Acceptance tests against canary pods; default: skipped'),
  load: load.nullish().describe('Load test against canary pods; default: skipped'),
  mirror: mirror.nullish().describe('Copies of live requests to the canary before users reach it; default: skipped'),
  shift: shift.prefault({}).describe('How users come to the canary'),
  affinity: affinity.nullish().describe('Users who met the canary stay on it; default: every request is split anew'),
  analysis: analysis.describe('What decides whether the canary is good'),
  approvals: approvals.default([]).describe('People who must agree before it goes on'),
  windows: windows.default([]).describe('Hours in which it may start, go forward and promote; none: always'),
  freezes: freezes.default([]).describe('Days on which it may not; going back is always allowed'),
  pause: pause.nullish().describe('How long a pause may last; default: until somebody resumes'),
  onNewRevision: z
    .enum(['supersede', 'queue', 'reject'], { error: expects('supersede, queue or reject') })
    .default('supersede')
    .describe('What a newer revision does to a running rollout'),
  queue: z
    .enum(['newest', 'all'], { error: expects('newest or all') })
    .optional()
    .describe('With onNewRevision: queue, which of the waiting revisions follow; default: newest'),
  notify: notify.default([]).describe('Who gets the analysis result, and is told when people are asked'),
  links: links.optional().describe('Pages that help whoever is told: a runbook, a dashboard; default: none'),
  needsYou: needsYou.prefault({}).describe('How people are told that they are needed'),
}).check(
  rule(['onNewRevision', 'queue'], ({ onNewRevision, queue }, report) => {
    if (queue === undefined || onNewRevision === 'queue') return;
    report(
      ['queue'],
      `nothing waits with onNewRevision: ${onNewRevision}`,
      'write onNewRevision: queue, or remove queue',
    );
  }),
  rule(['workload', 'events', 'onNewRevision'], ({ workload, events, onNewRevision }, report) => {
    if (workload.source !== 'canary') return;
    if (events.length > 0)
      report(['events'], 'with source: canary no event brings an image', 'remove events, or write source: event');
    // its pods are replaced as soon as it changes, whatever runs
    if (onNewRevision !== 'supersede')
      report(
        ['onNewRevision'],
        'with source: canary a running rollout can only give way to a changed canary',
        'write supersede, or remove onNewRevision',
      );
  }),
  rule(['traffic', 'affinity'], (plan, report) => {
    const problem = plan.affinity && affinityProblem(plan.traffic.routes.map(({ kind }) => kind));
    if (problem) report(['traffic', 'routes', problem.index, 'kind'], problem.message, problem.remedy);
  }),
  rule(['traffic', 'mirror'], ({ traffic: { routes }, mirror }, report) => {
    const index = routes.findIndex(({ kind }) => can(kind).mirror === 'none');
    if (!mirror || index < 0) return;
    const message = `a ${routes[index]?.kind} copies no requests`;
    report(['mirror'], message, 'remove mirror, or route with an HTTPRoute or a VirtualService');
  }),
  rule(['traffic', 'shift', 'scale'], reportShares),
  rule(['traffic', 'shift', 'affinity'], ({ traffic, shift, affinity }, report) => {
    if (matchStages(shift).length === 0) return;
    const problem = matchProblem(traffic.routes.map(({ kind }) => kind));
    if (problem) report(['traffic', 'routes', problem.index, 'kind'], problem.message, problem.remedy);
    if (affinity)
      report(
        ['affinity'],
        'stages with match keep their users at every weight, and no route of ours knows both them and a cookie of ours',
        'remove affinity, or the stages with match',
      );
  }),
  rule(['traffic', 'analysis'], ({ traffic, analysis }, report) => {
    // where a Service selects both sides, its name is on the series of both
    const selects = traffic.routes.some(({ kind }) => can(kind).destination === 'selector');
    const services = !selects && serviceNameOf(traffic.primary) !== serviceNameOf(traffic.canary);
    for (const [index, check] of analysis.checks.entries()) {
      const problem = check.builtin === undefined && check.query !== undefined && tellsArms(check.query, services);
      if (problem) report(['analysis', 'checks', index, 'query'], problem.message, problem.remedy);
    }
  }),
  rule(['shift', 'analysis'], ({ shift, analysis }, report) => {
    const weights = shiftStages(shift).map(({ weight }) => weight);
    for (const [index, { at }] of analysis.checks.entries())
      if (at !== undefined && !weights.includes(at))
        report(
          ['analysis', 'checks', index, 'at'],
          `${at} is no weight of the plan`,
          `write one of ${weights.join(', ')}`,
        );
  }),
  rule(['shift', 'affinity'], ({ shift, affinity }, report) => {
    if (!shift.back || !affinity) return;
    report(
      ['shift', 'back'],
      'with affinity users who met the canary stay on it at every weight, so steps back would take nobody back',
      'remove back: users return all at once, or remove affinity',
    );
  }),
  rule(['mirror', 'shift', 'approvals'], ({ mirror, shift, approvals }, report) => {
    for (const [index, approval] of approvals.entries()) {
      const problem = approvalProblem(approval, {
        mirror: Boolean(mirror),
        match: matchStages(shift).length > 0,
        weights: shiftStages(shift).map(({ weight }) => weight),
      });
      if (problem) report(['approvals', index, 'before'], problem.message, problem.remedy);
    }
    reportRepeats(
      approvals,
      ({ before }) => String(before),
      (index, key, first) =>
        report(
          ['approvals', index, 'before'],
          `${key} is in the list already (entry ${first})`,
          'make one entry of the two',
        ),
    );
  }),
  rule(['mirror', 'shift', 'analysis'], ({ mirror, shift, analysis }, report) => {
    if (!analysis.compare || mirror || shiftStages(shift).some(({ weight }) => weight <= LAST_COMPARED_WEIGHT)) return;
    report(
      ['analysis', 'compare'],
      `canary and primary are compared in the mirror and at weights up to ${LAST_COMPARED_WEIGHT}, and this plan has neither`,
      'add a mirror or a smaller first weight, or remove compare',
    );
  }),
);

export const planDocument = section({
  apiVersion: constant(API_VERSION).describe('Version of this format'),
  kind: constant(PLAN_KIND).describe('What the file is'),
  metadata: metadata.describe('What the plan is called'),
  spec: spec.describe('How the service is rolled out'),
});

export type PlanDocument = z.output<typeof planDocument>;
export type PlanSpec = PlanDocument['spec'];
