/** What the machine must offer, checked before anything starts. Each finding says what, why and how to get it. */
import { spawnSync } from 'node:child_process';
import { LabError } from '../host/errors.ts';
import { findOnPath } from './find-on-path.ts';
import type { BuildPart } from './manifest.ts';

const GO_WANTED = { major: 1, minor: 26 };

/** What was found on this machine; gathered by {@link probeHost}, made up in tests. */
export interface HostFacts {
  platform: string;
  onPath(program: string): boolean;
  /** First line of `go version`; undefined without Go. */
  goVersion?: string;
  /** Go may fetch a newer toolchain by itself (GOTOOLCHAIN is not `local`). */
  goMayUpgrade: boolean;
  pip: boolean;
  isRoot: boolean;
  /** A network namespace could be made; for ordinary users inside a user namespace. */
  namespaces: boolean;
}

/** Throws unless the lab can run here. */
export function checkRunTools(facts: HostFacts = probeHost()): void {
  report(missingToRun(facts));
}

/** Throws unless the given parts can be built or downloaded here. */
export function checkBuildTools(parts: readonly BuildPart[], facts: HostFacts = probeHost()): void {
  report(missingToBuild(parts, facts));
}

function report(findings: string[]): void {
  if (findings.length === 0) return;
  throw new LabError(findings[0] ?? '', findings.slice(1));
}

export function missingToRun(facts: HostFacts): string[] {
  if (facts.platform !== 'linux') {
    return [
      `Linux is missing: the lab lives in Linux network namespaces, this is ${facts.platform}. Use a Linux machine or VM.`,
    ];
  }
  const findings = [
    ['unshare', 'makes the lab’s own network', 'util-linux'],
    ['nsenter', 'runs commands inside the lab', 'util-linux'],
    ['ip', 'gives pods their addresses', 'iproute2'],
    ['openssl', 'makes the certificates of the API server', 'openssl'],
  ]
    .filter(([program = '']) => !facts.onPath(program))
    .map(([program, why, from]) => `${program} is missing: it ${why}. Install the package ${from}.`);
  if (findings.length === 0 && !facts.namespaces) findings.push(namespaceFinding(facts.isRoot));
  return findings;
}

function namespaceFinding(isRoot: boolean): string {
  const why = 'the lab runs in a network of its own';
  if (isRoot) {
    return `Network namespaces are missing: ${why}. In a container, start it with CAP_SYS_ADMIN (for instance --privileged).`;
  }
  return `User namespaces are missing: ${why}. Allow them (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns) or run as root.`;
}

export function missingToBuild(parts: readonly BuildPart[], facts: HostFacts): string[] {
  const kinds = new Set(parts.map((part) => part.kind));
  const findings: string[] = [];
  if (kinds.has('go') || kinds.has('module-file')) findings.push(...goFinding(facts));
  const python = kinds.has('pip') || kinds.has('python');
  const why = 'Envoy and httpbin come as Python packages';
  if (python && !facts.onPath('python3')) {
    findings.push(`python3 is missing: ${why}. Install the packages python3 and python3-pip.`);
  } else if (python && !facts.pip) {
    findings.push(`pip is missing: ${why}. Install the package python3-pip.`);
  }
  return findings;
}

function goFinding(facts: HostFacts): string[] {
  const wanted = `Go ${GO_WANTED.major}.${GO_WANTED.minor}`;
  const why = 'it builds etcd, Kubernetes, Istio, Temporal and, where apt offers none, Prometheus';
  const found = /go(\d+)\.(\d+)/.exec(facts.goVersion ?? '');
  if (!found) return [`Go is missing: ${why}. Install ${wanted} or newer so that "go version" works.`];
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major > GO_WANTED.major || minor >= GO_WANTED.minor) return [];
  // since 1.21 Go downloads the toolchain a go.mod asks for
  if (minor >= 21 && facts.goMayUpgrade) return [];
  return [
    `${wanted} is missing: ${why}, and this is ${found[0]}. Install ${wanted} or newer, or set GOTOOLCHAIN=auto.`,
  ];
}

/** Looks at this machine, each thing only when it is asked for. Every question has a time limit. */
function probeHost(): HostFacts {
  const isRoot = process.getuid?.() === 0;
  return {
    platform: process.platform,
    onPath: (program) => findOnPath(program, `${process.env.PATH ?? ''}:/usr/sbin:/sbin`) !== undefined,
    get goVersion() {
      return output(['go', 'version']);
    },
    get goMayUpgrade() {
      return output(['go', 'env', 'GOTOOLCHAIN']) !== 'local';
    },
    get pip() {
      return output(['python3', '-m', 'pip', '--version']) !== undefined;
    },
    isRoot,
    get namespaces() {
      return output(['unshare', ...(isRoot ? [] : ['-Ur']), '-n', 'true']) !== undefined;
    },
  };
}

function output(argv: string[]): string | undefined {
  const [command = '', ...args] = argv;
  // outside the project: in it, "go version" would already fetch the toolchain a go.mod asks for
  const result = spawnSync(command, args, { cwd: '/', encoding: 'utf8', timeout: 20_000 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
