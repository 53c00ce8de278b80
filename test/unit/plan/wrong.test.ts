import { describe, expect, it } from 'vitest';
import { formatProblems, loadPlanText } from '../../../src/plan/index.ts';
import { changed, problemsOf } from './example.ts';

const WEIGHTS = 'write whole percents from 1 to 100 that grow and end at 100, for example [20, 40, 60, 80, 100]';

type Wrong = [what: string, edit: [string, string], line: string, message: string, remedy: string];

const WRONG: Wrong[] = [
  [
    'an unknown key',
    ['terminationDrain', 'terminationDrian'],
    '18:5 spec.traffic.terminationDrian',
    'unknown key',
    'did you mean "terminationDrain"?',
  ],
  [
    'a weight that does not grow',
    ['40, 60', '60, 40'],
    '28:30 spec.shift.weights[2]',
    '40 does not grow (60 comes before it)',
    WEIGHTS,
  ],
  [
    'a repeated weight',
    ['80, 100', '60, 100'],
    '28:34 spec.shift.weights[3]',
    '60 does not grow (60 comes before it)',
    WEIGHTS,
  ],
  [
    'a negative weight',
    ['[20,', '[-20,'],
    '28:22 spec.shift.weights[0]',
    '-20 is not allowed here',
    'write a whole number from 1 to 100, for example 20',
  ],
  [
    'a fractional weight',
    ['40, 60', '40.5, 60'],
    '28:26 spec.shift.weights[1]',
    '40.5 is not allowed here',
    'write a whole number from 1 to 100, for example 20',
  ],
  [
    'a weight that is not a number',
    ['40, 60', '.nan, 60'],
    '28:26 spec.shift.weights[1]',
    'NaN is not allowed here',
    'write a whole number from 1 to 100, for example 20',
  ],
  [
    'weights that stop early',
    ['80, 100', '80, 90'],
    '28:38 spec.shift.weights[4]',
    'the last weight is 90, not 100',
    WEIGHTS,
  ],
  [
    'weights back that grow',
    ['80, 100], every: 1m', '80, 100], every: 1m, back: { weights: [20, 60] }'],
    '28:77 spec.shift.back.weights[1]',
    '60 does not shrink (20 comes before it)',
    'write whole percents from 99 to 1 that shrink, for example [60, 20]; 0 comes after the last one',
  ],
  [
    'weights back to where it begins',
    ['80, 100], every: 1m', '80, 100], every: 1m, back: { weights: [100] }'],
    '28:73 spec.shift.back.weights[0]',
    '100 is not allowed here',
    'write a whole number from 1 to 99, for example 60',
  ],
  [
    'no weights',
    ['[20, 40, 60, 80, 100]', '[]'],
    '28:12 spec.shift.weights',
    'the list is empty',
    'write the canary weights, for example [20, 40, 60, 80, 100]',
  ],
  [
    'a duration without unit',
    ['every: 1m, iter', 'every: 60, iter'],
    '27:34 spec.mirror.every',
    '60 is not allowed here',
    'write a duration with units from 1s to 24h, for example 1m',
  ],
  [
    'a mirror of 120 %',
    ['percent: 100', 'percent: 120'],
    '27:22 spec.mirror.percent',
    '120 is not allowed here',
    'write a whole number from 1 to 100, for example 100',
  ],
  [
    'one Deployment twice',
    ['canary: reviews-v2', 'canary: reviews-v1'],
    '8:13 spec.workload.canary',
    '"reviews-v1" is the primary as well',
    'name another Deployment for the canary',
  ],
  [
    'one destination twice',
    ['subset: v2', 'subset: v1'],
    '17:5 spec.traffic.canary',
    'this is the destination of the primary',
    'give the canary a destination of its own',
  ],
  [
    'no canary labels',
    ['{ version: v2 }', '{}'],
    '9:5 spec.workload.canaryLabels',
    'has no label',
    'write at least one label that tells canary pods apart, for example { version: v2 }',
  ],
  [
    'min above max',
    ['min: 2, max: 10', 'min: 20, max: 10'],
    '21:35 spec.scale.primary.autoscaler.min',
    '20 is more than max 10',
    'write at most 10, or raise max',
  ],
  [
    'more replicas than the autoscaler allows',
    ['replicas: 1', 'replicas: 11'],
    '20:25 spec.scale.canary.replicas',
    "11 is more than the autoscaler's max 10",
    'write at most 10, or raise max',
  ],
  [
    'a name that is no DNS label',
    ['name: reviews, namespace', 'name: Reviews_1, namespace'],
    '4:19 metadata.name',
    '"Reviews_1" is not allowed here',
    'write a DNS label (at most 63 of a-z, 0-9 and "-"), for example reviews',
  ],
  [
    'a host with a port',
    ['primary: { host: reviews,', 'primary: { host: "reviews:9080",'],
    '16:22 spec.traffic.primary.host',
    '"reviews:9080" is not allowed here',
    'write a host as the route writes it, without port, for example reviews',
  ],
  [
    'an image with a tag',
    ['bookinfo/reviews', 'bookinfo/reviews:v3'],
    '12:14 spec.events[0].image',
    'the name has the tag "v3", which each deploy event brings itself',
    'write the name alone, for example registry.example.com/bookinfo/reviews',
  ],
  [
    'an image without a name',
    ['registry.example.com/bookinfo/reviews', '":v3"'],
    '12:14 spec.events[0].image',
    '":v3" is not an image name',
    'write the name alone, for example registry.example.com/bookinfo/reviews',
  ],
  [
    'a success rate of 101 %',
    ['requestSuccessRate, min: 99', 'requestSuccessRate, min: 101'],
    '32:65 spec.analysis.checks[0].min',
    '101 is not allowed here',
    'write percent from 0 to 100, for example 99',
  ],
  [
    'a quantile of 1',
    ['quantile: 0.99', 'quantile: 1'],
    '33:63 spec.analysis.checks[1].quantile',
    '1 is not allowed here',
    'write a number between 0 and 1, for example 0.99',
  ],
  [
    'an unknown check',
    ['builtin: requestDuration', 'builtin: latency'],
    '33:36 spec.analysis.checks[1].builtin',
    '"latency" is not allowed here',
    'write requestSuccessRate or requestDuration, or leave builtin out and write a query',
  ],
  [
    'two checks of one name',
    ['name: duration', 'name: success-rate'],
    '33:17 spec.analysis.checks[1].name',
    '"success-rate" is the name of check 0 already',
    'give each check a name of its own',
  ],
  [
    'a file as Prometheus',
    ['http://prometheus:9090', 'file:///etc/passwd'],
    '30:17 spec.analysis.prometheus',
    '"file:" is not a web address',
    'write http:// or https://, host and port, for example http://prometheus:9090',
  ],
  [
    'a password in the URL',
    ['http://prometheus', 'http://me:hunter2@prometheus'],
    '30:17 spec.analysis.prometheus',
    'the URL carries a user name or password',
    'write http:// or https://, host and port, for example http://prometheus:9090',
  ],
  [
    'a second recipient hidden in an address',
    ['[team@example.com]', '["b@x.example\\r\\nBcc: evil@x.example"]'],
    '38:21 spec.notify[0].email.to[0]',
    '"b@x.example\\r\\nBcc: evil@x.example" is not allowed here',
    'write one plain e-mail address, for example team@example.com',
  ],
  [
    'a path that names another host',
    ['path: /health', 'path: //evil.example/'],
    '25:21 spec.acceptance[0].http.path',
    '"//evil.example/" is not allowed here',
    'write a path that begins with one "/" and has no spaces, for example /health',
  ],
  [
    'an API of another version',
    ['v1alpha1', 'v1'],
    '2:13 apiVersion',
    '"sluice.dev/v1" is not allowed here',
    'write sluice.dev/v1alpha1',
  ],
  [
    'a kind nobody knows',
    ['VirtualService', 'TCPRoute'],
    '15:17 spec.traffic.routes[0].kind',
    '"TCPRoute" is not allowed here',
    'write VirtualService, HTTPRoute, GRPCRoute',
  ],
  [
    'a cookie without a name',
    ['  onNewRevision', '  affinity: { maxAge: 6h }\n  onNewRevision'],
    '36:3 spec.affinity.cookie',
    'is missing',
    'write the name of a cookie, for example reviews-canary',
  ],
  [
    'a cookie name that ends a header',
    ['  onNewRevision', '  affinity: { cookie: "a;b" }\n  onNewRevision'],
    '36:23 spec.affinity.cookie',
    '"a;b" is not allowed here',
    'write the name of a cookie, for example reviews-canary',
  ],
  [
    'a cross-site cookie that browsers drop',
    ['  onNewRevision', '  affinity: { cookie: x, sameSite: None }\n  onNewRevision'],
    '36:3 spec.affinity.secure',
    'browsers drop a cookie with sameSite None that is not secure',
    'write secure: true',
  ],
  [
    'Slack',
    ['email: { to: [team@example.com] }', 'slack: { channel: "#deploys" }'],
    '38:7 spec.notify[0].slack',
    'is not supported by this version',
    'notify by email',
  ],
  [
    'a test as a job',
    ['http: { path: /health, expect: { status: 200 } }', 'job: { image: x }'],
    '25:7 spec.acceptance[0].job',
    'is not supported by this version',
    'write an http test',
  ],
  [
    'a test through the gateway',
    ['{ path: /health,', '{ via: gateway, path: /health,'],
    '25:20 spec.acceptance[0].http.via',
    'via "gateway" is not supported by this version',
    'leave it out: tests go to the pod',
  ],
  [
    'a prototype',
    ['  onNewRevision', '  __proto__: { polluted: true }\n  onNewRevision'],
    '36:3 spec.__proto__',
    'unknown key',
    'known here: workload, events, traffic, scale, acceptance, load, mirror, shift, affinity, analysis, approvals, windows, freezes, pause, onNewRevision, queue, notify',
  ],
  [
    'a queue without queueing',
    ['  onNewRevision', '  queue: all\n  onNewRevision'],
    '36:10 spec.queue',
    'nothing waits with onNewRevision: supersede',
    'write onNewRevision: queue, or remove queue',
  ],
  [
    'a merge key',
    ['  onNewRevision', '  <<: { mirror: null }\n  onNewRevision'],
    '36:3 spec["<<"]',
    'merge keys are not allowed',
    'write the keys out',
  ],
  [
    'a missing section',
    [
      '  workload:\n    primary: reviews-v1\n    canary: reviews-v2\n    canaryLabels: { version: v2 }\n    container: reviews\n',
      '',
    ],
    '5:1 spec.workload',
    'is missing',
    'write the section with primary, canary, canaryLabels, container, adoptRunning',
  ],
];

describe('a wrong plan', () => {
  it.each(WRONG)('with %s is refused at its place', (_what, edit, place, message, remedy) => {
    const found = problemsOf(changed(edit)).map((problem) => ({
      place: `${problem.line}:${problem.column} ${problem.path}`,
      message: problem.message,
      remedy: problem.remedy,
    }));
    expect(found).toEqual([{ place, message, remedy }]);
  });

  it('tells everything at once, in the order of lines', () => {
    const text = changed(
      ['apiVersion: sluice.dev/v1alpha1\n', ''],
      ['canary: reviews-v2\n', 'canary: reviews-v1\n    canray: 3\n'],
      ['subset: v2', 'subset: v1'],
      ['[20, 40, 60, 80, 100]', '[20, 60, 40, -3, 90]'],
      ['min: 99 }', 'max: 99 }'],
    );
    expect(problemsOf(text).map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 apiVersion',
      '7 spec.workload.canary',
      '8 spec.workload.canray',
      '17 spec.traffic.canary',
      '28 spec.shift.weights[2]',
      '28 spec.shift.weights[3]',
      '28 spec.shift.weights[4]',
      '32 spec.analysis.checks[0].min',
      '32 spec.analysis.checks[0].max',
    ]);
  });

  it('is shown with file, place, path, problem and remedy', () => {
    expect(formatProblems(problemsOf(changed(['40, 60', '60, 40'])))).toBe(
      `reviews.yaml:28:30  spec.shift.weights[2]: 40 does not grow (60 comes before it); ${WEIGHTS}`,
    );
  });

  it('never repeats a header value', () => {
    const text = changed(['{ path: /health,', '{ path: /health, headers: { authorization: "Bearer s3cret\\n" },']);
    const shown = formatProblems(problemsOf(text));
    expect(shown).toContain('spec.acceptance[0].http.headers.authorization: this header value is not allowed');
    expect(shown).not.toContain('s3cret');
  });

  it('still says what it is called', () => {
    const result = loadPlanText(changed(['40, 60', '60, 40']), 'reviews.yaml');
    expect(result).toMatchObject({
      claims: { name: 'reviews', namespace: 'demo', images: ['registry.example.com/bookinfo/reviews'] },
    });
  });
});
