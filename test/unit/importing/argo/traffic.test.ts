import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findMistakes, importObjects, readObjects } from '../../../../src/importing/index.ts';

const options = { namespace: 'default' };
const META = 'namespace: demo';
const POD =
  'template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, image: "shop:1", ports: [{ containerPort: 80 }] }] } }';

const rollout = (canary: string, spec = `selector: { matchLabels: { app: shop } }, ${POD}`) =>
  `{ apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: shop, ${META} }, spec: { replicas: 4, ${spec}, strategy: { canary: { ${canary} } } } }\n---\n`;
const service = (name: string, selector: string, namespace = META) =>
  `{ apiVersion: v1, kind: Service, metadata: { name: ${name}, ${namespace} }, spec: { selector: { ${selector} }, ports: [{ port: 8080 }] } }\n---\n`;

function imported(text: string) {
  const { objects } = readObjects(text, 'a.yaml');
  const [one] = importObjects(objects, options);
  if (!one) throw new Error('nothing imported');
  const spec = one.plan?.spec as { traffic: object; shift: object; approvals?: object[] } | undefined;
  const mistakes = findMistakes(objects, options).map(({ path, message }) => `${path}: ${message}`);
  return { ...one, spec, mistakes };
}

const STEPS = 'steps: [{ setWeight: 25 }, { pause: { duration: 30 } }]';
const ARMS = 'stableService: old, canaryService: new';

describe('a Rollout without a router', () => {
  it('shares the Service that selects both, not that of one arm', () => {
    const { spec } = imported(rollout(`${ARMS}, ${STEPS}`) + service('old', 'app: shop') + service('all', 'app: shop'));
    expect(spec?.traffic).toMatchObject({ routes: [{ kind: 'Service', name: 'all' }], mode: 'pods' });
  });

  it('says what is new where there is that of one arm alone', () => {
    const { spec, rows } = imported(rollout(`${ARMS}, ${STEPS}`) + service('old', 'app: shop'));
    expect(spec?.traffic).toMatchObject({ routes: [{ kind: 'Service', name: 'old' }] });
    expect(rows).toContainEqual(
      expect.objectContaining({
        path: 'spec.strategy',
        result: 'changed',
        note: expect.stringContaining('by weights'),
      }),
    );
  });

  it('and without a Service in the files has one assumed, which is said', () => {
    const { spec, rows } = imported(rollout(STEPS));
    expect(spec?.traffic).toMatchObject({ routes: [{ kind: 'Service', name: 'shop' }] });
    expect(rows).toContainEqual(
      expect.objectContaining({ path: 'spec.selector', note: expect.stringContaining('shop is assumed') }),
    );
  });

  it('of another namespace its Services are not', () => {
    const { mistakes } = imported(rollout(STEPS) + service('all', 'app: shop, version: "2"', 'namespace: other'));
    expect(mistakes).toEqual([]);
  });
});

it('what a cluster says of Services has no hash of Argo in the result', () => {
  const hashed = 'app: shop, rollouts-pod-template-hash: abc123';
  const routed = `${ARMS}, trafficRouting: { istio: { virtualService: { name: shop } } }, ${STEPS}`;
  const { companions, mistakes } = imported(rollout(routed) + service('old', hashed) + service('new', hashed));
  expect(stringify(companions)).not.toContain('abc123');
  expect(mistakes).toEqual([]);
});

it('a Service of an arm that selects no pod of the Rollout is a mistake', () => {
  const { mistakes } = imported(rollout(`${ARMS}, ${STEPS}`) + service('new', 'app: other'));
  expect(mistakes).toEqual([expect.stringContaining('no pod of shop has app=other')]);
});

it('two Services that swap keep their roles in a plan', () => {
  const routed = `pingPong: { pingService: ping, pongService: pong }, trafficRouting: { istio: { virtualService: { name: shop } } }, ${STEPS}`;
  const { spec, mistakes } = imported(rollout(routed));
  expect(spec?.traffic).toMatchObject({ primary: { host: 'ping' }, canary: { host: 'pong' } });
  expect(mistakes).toEqual([]);
});

it('an Ingress that never leads to the stable Service is rejected', () => {
  const front =
    '{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: front, namespace: demo }, spec: { rules: [{ http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: root, port: { number: 80 } } } }] } }] } }';
  const { mistakes } = imported(
    rollout(`${ARMS}, trafficRouting: { nginx: { stableIngress: front } }, ${STEPS}`) + front,
  );
  expect(mistakes).toEqual([expect.stringContaining('no rule of it leads to old')]);
});

describe('steps', () => {
  const routed = (steps: string, most = '') =>
    imported(
      rollout(`${ARMS}, trafficRouting: { ${most} istio: { virtualService: { name: shop } } }, steps: [${steps}]`),
    );

  it('are parts of maxTrafficWeight', () => {
    const { spec, rows } = routed('{ setWeight: 50 }, { setWeight: 305 }', 'maxTrafficWeight: 1000,');
    expect(spec?.shift).toMatchObject({ weights: [5, 31, 100] });
    expect(rows).toContainEqual(expect.objectContaining({ note: '31 %, in place of 30.5' }));
  });

  it('a pause that is no duration is rejected, not taken for a person', () => {
    const { refusals } = routed('{ setWeight: 50 }, { pause: { duration: 1d } }');
    expect(refusals).toMatchObject([{ message: expect.stringContaining('"1d" is no duration'), rejected: true }]);
  });

  it('a pause of no time is said to last as long as a look', () => {
    const { spec, rows } = routed('{ setWeight: 50 }, { pause: { duration: 0 } }');
    expect(spec?.shift).toMatchObject({ weights: [50, 100], every: '1m' });
    expect(rows).toContainEqual(
      expect.objectContaining({ note: expect.stringContaining('no pause says how long 50 %') }),
    );
  });
});

it('a Rollout without a selector is rejected', () => {
  expect(imported(rollout(STEPS, POD)).mistakes).toContainEqual(expect.stringContaining('there is no selector'));
});
