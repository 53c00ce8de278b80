/**
 * What a container image means in the lab. Pods are plain processes here, and an image name is the name of a program
 * with behaviours (`reviews:v2-err30-slow400ms`), or of a real one (`kennethreitz/httpbin`). This folder holds the grammar
 * of those names, the default HTTP program (`main.ts`) and the sidecar before a real one (`real-main.ts`); it knows nothing
 * of the Kubernetes API (that is lab/kubelet) and has no dependency outside Node, because its start-up time is every pod's.
 */

export { KNOWN_BEHAVIOURS, NO_BEHAVIOURS } from './behaviours.ts';
export { ImageError, type ParsedImage, parseImage } from './image.ts';
export { loopbackOf, ownAddress } from './own-address.ts';
export { commandLine, type RealImage } from './real-images.ts';
export { parseRequestLine, type RequestRecord } from './request-log.ts';
export type { ProgramSetup, RealSetup } from './setup.ts';
