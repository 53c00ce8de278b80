import { describe, expect, it } from 'vitest';
import { importObjects, readObjects } from '../../../../src/importing/index.ts';

function routesOf(rules: string, annotations = '{}', gateway?: string) {
  const text = `
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: shop, namespace: demo }
spec:
  provider: nginx
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }
  ingressRef: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: door }
  service: { port: 80 }
  analysis: { interval: 1m, threshold: 2, stepWeight: 50 }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: door, namespace: demo, annotations: ${annotations} }
spec: { rules: ${rules} }
`;
  const [one] = importObjects(readObjects(text, 'a.yaml').objects, {
    namespace: 'default',
    gateway,
  });
  const routes = one?.companions
    .filter(({ kind }) => kind === 'HTTPRoute')
    .map(({ metadata, spec }) => ({ ...(metadata as object), ...(spec as object) }));
  return {
    routes,
    rows: one?.rows ?? [],
    managed: (one?.plan?.spec as { traffic: { routes: object[] } } | undefined)?.traffic.routes,
  };
}

const path = (at: string, name = 'shop', type = 'Prefix') =>
  `{ path: ${JSON.stringify(at)}, pathType: ${type}, backend: { service: { name: ${name}, port: { number: 80 } } } }`;
const REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target';
const ARMS = [
  { name: 'shop-primary', port: 80, weight: 100 },
  { name: 'shop-canary', port: 80, weight: 0 },
];

describe('an Ingress', () => {
  it('becomes a route for each host; those that do not lead to the Service are not managed', () => {
    const { routes, managed } = routesOf(
      `[{ host: a.example.org, http: { paths: [${path('/')}, ${path('/x', 'other')}] } }, { host: b.example.org, http: { paths: [${path('/', 'other')}] } }]`,
    );
    expect(managed).toEqual([{ kind: 'HTTPRoute', name: 'door' }]);
    expect(routes).toMatchObject([
      {
        name: 'door',
        hostnames: ['a.example.org'],
        rules: [{ backendRefs: ARMS }, { backendRefs: [{ name: 'other', port: 80 }] }],
      },
      { name: 'door-2', hostnames: ['b.example.org'], rules: [{ backendRefs: [{ name: 'other', port: 80 }] }] },
    ]);
  });

  it.each([
    [
      '/shop(/|$)(.*)',
      '/$2',
      { type: 'PathPrefix', value: '/shop' },
      { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
    ],
    [
      '/shop(/|$)(.*)',
      '/in/$2',
      { type: 'PathPrefix', value: '/shop' },
      { type: 'ReplacePrefixMatch', replacePrefixMatch: '/in' },
    ],
    ['/shop', '/', { type: 'PathPrefix', value: '/shop' }, { type: 'ReplaceFullPath', replaceFullPath: '/' }],
  ])('rewrites %s to %s', (from, to, match, rewrite) => {
    const { routes, rows } = routesOf(
      `[{ http: { paths: [${path(from)}] } }]`,
      `{ ${REWRITE}: ${JSON.stringify(to)} }`,
    );
    expect(routes).toMatchObject([
      { rules: [{ matches: [{ path: match }], filters: [{ type: 'URLRewrite', urlRewrite: { path: rewrite } }] }] },
    ]);
    expect(rows).toContainEqual(
      expect.objectContaining({ path: `metadata.annotations["${REWRITE}"]`, result: 'changed' }),
    );
  });

  it('loses a rewrite by other groups, and every annotation that no route knows', () => {
    const { routes, rows } = routesOf(
      `[{ http: { paths: [${path('/a/(x)/(.*)')}] } }]`,
      `{ ${REWRITE}: /$1/$2, nginx.ingress.kubernetes.io/limit-rps: "5" }`,
    );
    expect(routes).toMatchObject([{ rules: [{ matches: [{ path: { type: 'RegularExpression' } }] }] }]);
    for (const name of [REWRITE, 'nginx.ingress.kubernetes.io/limit-rps'])
      expect(rows).toContainEqual(expect.objectContaining({ path: `metadata.annotations["${name}"]`, result: 'lost' }));
  });

  it('gets the Gateway that was named', () => {
    expect(routesOf(`[{ http: { paths: [${path('/')}] } }]`, '{}', 'edge/outer').routes).toMatchObject([
      { parentRefs: [{ namespace: 'edge', name: 'outer' }] },
    ]);
  });
});
