import { describe, expect, it } from 'vitest';
import { danglingNames, type Manifest, manifestsIn, podProblems } from '../../support/manifests.ts';

const GOOD = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: one, namespace: here }
spec:
  selector: { matchLabels: { app: one } }
  template:
    metadata: { labels: { app: one } }
    spec:
      serviceAccountName: one
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: main
          image: one
          resources: { requests: { cpu: 1, memory: 1Mi }, limits: { memory: 1Mi } }
          securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
          volumeMounts: [{ name: files, mountPath: /files }]
      volumes: [{ name: files, secret: { secretName: files } }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: one, namespace: here }
`;

const changed = (from: string, to: string): Manifest[] => {
  expect(GOOD).toContain(from);
  return manifestsIn(GOOD.replace(from, to));
};

describe('a pod', () => {
  it('of least rights has no problems', () => {
    expect(manifestsIn(GOOD).flatMap(podProblems)).toEqual([]);
  });

  it.each([
    ['runAsNonRoot: true', 'runAsNonRoot: false', 'main: may run as root'],
    ['runAsUser: 1000', 'runAsUser: 0', 'main: may run as root'],
    ['type: RuntimeDefault', 'type: Unconfined', 'main: no seccomp'],
    ['allowPrivilegeEscalation: false', 'privileged: false', 'main: may gain privileges'],
    ['allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: false, privileged: true', 'main: privileged'],
    ['drop: [ALL]', 'drop: [NET_RAW]', 'main: capabilities'],
    ['drop: [ALL]', 'drop: [ALL], add: [SYS_TIME]', 'main: capabilities'],
    ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', 'main: writes to its image'],
    ['limits: { memory: 1Mi }', 'limits: {}', 'main: no limit of memory'],
    ['requests: { cpu: 1, memory: 1Mi }', 'requests: { cpu: 1 }', 'main: no requests'],
    ['image: one', 'image: one\n          ports: [{ containerPort: 1, hostPort: 1 }]', 'main: port of the node'],
    ['secret: { secretName: files }', 'hostPath: { path: / }', 'hostPath'],
    ['serviceAccountName: one', 'hostNetwork: true', 'hostNetwork'],
    ['volumes: [{ name: files', 'volumes: [{ name: fi.les', 'name of volume fi.les'],
  ])('%j → %j: %s', (from, to, problem) => {
    expect(changed(from, to).flatMap(podProblems)).toEqual([`Deployment here/one: ${problem}`]);
  });
});

describe('what is named', () => {
  it('is there, or given', () => {
    expect(danglingNames(manifestsIn(GOOD), ['Secret files'])).toEqual([]);
  });

  it.each([
    ['secretName: files', 'secretName: others', 'Secret others'],
    ['serviceAccountName: one', 'serviceAccountName: two', 'ServiceAccount two'],
    ['{ name: files, mountPath', '{ name: file, mountPath', 'volume file'],
    ['matchLabels: { app: one }', 'matchLabels: { app: two }', 'pods'],
  ])('%s → %s: %s', (from, to, name) => {
    expect(danglingNames(changed(from, to), ['Secret files'])).toEqual([`Deployment here/one → ${name}`]);
  });
});
