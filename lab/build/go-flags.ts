/** How Go programs are compiled and linked. */

const KUBE_VERSION = { gitVersion: 'v1.36.2', gitMajor: '1', gitMinor: '36' };

/** Without a version in the binary the API server reports v0.0.0 and clients refuse it. */
const KUBE_LDFLAGS = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .flatMap((pkg) => Object.entries(KUBE_VERSION).map(([key, value]) => `-X ${pkg}.${key}=${value}`))
  .join(' ');

/** Leaves out what nothing here uses: Google's storage over gRPC (Temporal), discovery in clouds (Prometheus). */
export const TAGS = 'disable_grpc_modules,remove_all_sd';

/** The same for every package, or it would be compiled once for each set. Debug information is not even made. */
export const COMPILE: readonly string[] = [
  '-mod=readonly',
  '-buildvcs=false',
  '-trimpath',
  '-tags',
  TAGS,
  '-gcflags=all=-dwarf=false',
];
/** Everything that decides the content of a program besides its module. */
export const GO_FLAGS: readonly string[] = [...COMPILE, '-ldflags', `-s -w ${KUBE_LDFLAGS}`];
