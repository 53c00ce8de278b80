/** The parts of a plan that steps of the checklist run from. */
import { z } from 'zod';
import { expects, showValue, wording } from '../wording.ts';
import { podTemplate } from './pod-template.ts';
import {
  dnsLabel,
  duration,
  email,
  flag,
  headers,
  httpPath,
  method,
  percent,
  shortText,
  webAddress,
  whole,
} from './scalars.ts';
import { list, reportRepeats, rule, section } from './section.ts';

const MAX_REPLICAS = 10_000;
const MAX_ITERATIONS = 10_000;

const port = whole(1, 65_535, 9080).optional().describe('Port of the pod; default: the first container port');

const autoscaler = section({
  min: whole(1, MAX_REPLICAS, 2).describe('Least replicas'),
  max: whole(1, MAX_REPLICAS, 10).describe('Most replicas'),
})
  .check(
    rule(['min', 'max'], ({ min, max }, report) => {
      if (min > max) report(['min'], `${min} is more than max ${max}`, `write at most ${max}, or raise max`);
    }),
  )
  .optional()
  .describe('Bounds of the HorizontalPodAutoscaler; default: as found');

const canaryScale = section({
  replicas: whole(1, MAX_REPLICAS, 1).default(1).describe('Replicas the canary starts with'),
  autoscaler,
  matchWeight: flag.default(true).describe('Make the canary ready for its share of traffic before it gets it'),
}).check(
  rule(['replicas', 'autoscaler'], (canary, report) => {
    const max = canary.autoscaler?.max;
    if (max === undefined || canary.replicas <= max) return;
    report(
      ['replicas'],
      `${canary.replicas} is more than the autoscaler's max ${max}`,
      `write at most ${max}, or raise max`,
    );
  }),
);

export const scale = section({
  canary: canaryScale.prefault({}).describe('Size of the canary'),
  primary: section({ autoscaler }).default({}).describe('Size of the primary'),
  readyTimeout: duration('10m').default('10m').describe('Longest wait for pods to become ready'),
});

const via = z
  .literal('pod', {
    error: (issue) =>
      ['gateway', 'job'].includes(String(issue.input))
        ? wording(`via ${showValue(issue.input)} is not supported by this version`, 'leave it out: tests go to the pod')
        : expects('pod')(issue),
  })
  .optional()
  .describe('Where the request goes; default: pod');

const acceptanceTest = section({
  name: dnsLabel('health').describe('Name of the test; unique in the plan'),
  job: section({
    template: podTemplate.describe('Pod template of the Job; CANARY_ADDRESS says where the canary listens'),
  })
    .optional()
    .describe('A Job beside the pods, in place of http: it passes when its containers end with 0'),
  http: section({
    via,
    path: httpPath.describe('Path of the request'),
    method: method.default('GET').describe('Method of the request'),
    headers: headers.default({}).describe('Headers of the request'),
    body: z
      .string({ error: expects('text') })
      .max(65_536)
      .optional()
      .describe('Body of the request; default: none'),
    port,
    expect: section({
      status: whole(100, 599, 200).default(200).describe('Status that the answer must have'),
      bodyContains: shortText('the text that the answer must contain')
        .optional()
        .describe('Text that the answer must contain; default: any'),
      headers: headers.default({}).describe('Headers that the answer must have'),
    })
      .prefault({})
      .describe('The answer that passes'),
  })
    .optional()
    .describe('The request and its answer'),
  timeout: duration('10s', { max: '4m' })
    .optional()
    .describe('Longest time for the answer, or for the job; default: 10s, of a job 2m'),
}).check(
  rule(['http', 'job'], ({ http, job }, report) => {
    if (http && job) report(['job'], 'this test has http as well', 'make two tests of it');
    if (!http && !job)
      report([], 'says neither http nor job', 'write http: { path: /health }, or job: { template: … }');
  }),
);

export const acceptance = list(
  acceptanceTest,
  'a list of tests, for example [{ name: health, http: { path: /health } }]',
).superRefine((tests, context) => {
  reportRepeats(
    tests,
    ({ name }) => name,
    (index, name, first) => {
      const message = wording(
        `${showValue(name)} is the name of test ${first} already`,
        'give each test a name of its own',
      );
      context.addIssue({ code: 'custom', path: [index, 'name'], message });
    },
  );
});

const during = section({
  address: webAddress('http://reviews.example.com').describe(
    "Where users come in; the load test's path, method and headers hold",
  ),
  stages: list(z.enum(['mirror', 'shift'], { error: expects('mirror or shift') }), 'a list of mirror, shift', {
    min: 1,
  })
    .default(['mirror', 'shift'])
    .describe('Stages in which they are sent'),
  requestsPerSecond: whole(1, 1_000, 5).describe('Requests per second'),
});

export const load = section({
  requestsPerSecond: whole(1, 100_000, 50)
    .optional()
    .describe('Requests per second, over all canary pods; default: with during no load test, otherwise required'),
  duration: duration('30s', { min: '1s', max: '1h' }).optional().describe('How long; with requestsPerSecond'),
  during: during
    .optional()
    .describe("Requests of Sluice's own by the users' way while intervals are measured, for services with few users"),
  path: httpPath.default('/').describe('Path of the requests'),
  method: method.default('GET').describe('Method of the requests'),
  headers: headers.default({}).describe('Headers of the requests'),
  port,
  expect: section({
    successRate: percent(99).default(99).describe('Percent of requests answered below 500'),
    p99: duration('500ms').optional().describe('Longest 99th percentile of the answer times; default: no limit'),
  })
    .prefault({})
    .describe('The result that passes'),
}).check(
  rule(['requestsPerSecond', 'duration', 'during'], ({ requestsPerSecond, duration, during }, report) => {
    if (during && requestsPerSecond === undefined && duration === undefined) return;
    if (requestsPerSecond === undefined)
      report(['requestsPerSecond'], 'is missing', 'write a whole number from 1 to 100000, for example 50');
    if (duration === undefined) report(['duration'], 'is missing', 'write a duration, for example 30s');
  }),
);

export const mirror = section({
  percent: whole(1, 100, 100).default(100).describe('Percent of live requests copied to the canary'),
  every: duration('1m', { min: '1s' }).default('1m').describe('Length of one check interval'),
  iterations: whole(1, MAX_ITERATIONS, 10).default(10).describe('Passed intervals that the stage needs'),
});

const notifyTarget = section({
  target: dnsLabel('releases').describe("Name of one of the installation's notificationTargets"),
});

export const notify = list(
  section({
    email: section({
      to: list(email, 'addresses, for example [team@example.com]', { min: 1, max: 50 }).describe('Addresses'),
    })
      .optional()
      .describe('Who gets mail; default: nobody'),
    slack: notifyTarget.optional().describe('Which channel of Slack shows its rollouts; default: none'),
    webhook: notifyTarget.optional().describe('Which webhook gets all that people are told; default: none'),
  }).check(
    rule(['email', 'slack', 'webhook'], ({ email, slack, webhook }, report) => {
      if (!email && !slack && !webhook)
        report(['email'], 'is missing', 'write email, slack, webhook or several of them');
    }),
  ),
  'who is told, for example [{ email: { to: [team@example.com] } }, { slack: { target: releases } }]',
);

export const links = z
  .record(
    shortText('the name of a link', 40),
    z.string().regex(/^https?:\/\/[^\s<>|"@]{1,1000}$/, {
      error: expects('a web address without user and password, for example https://wiki.example.com/reviews'),
    }),
    { error: expects('links, for example { runbook: https://wiki.example.com/reviews }') },
  )
  .refine((value) => Object.keys(value).length <= 10, { error: expects('at most 10 links') });

export const needsYou = section({
  again: duration('30m', { min: '1m' })
    .default('30m')
    .describe('Until it is told again; then twice as long, up to a day'),
});
