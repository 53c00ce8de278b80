/**
 * What a container image means in the lab. Pods are plain processes here, and an image name is the name of a program
 * with behaviours (`reviews:v2-err30-slow400ms`). This folder holds the grammar of those names and the default HTTP
 * program; it knows nothing of the Kubernetes API (that is lab/kubelet) and has no dependency outside Node, because
 * its start-up time is every pod's start-up time.
 */

export { type Behaviours, KNOWN_BEHAVIOURS, NO_BEHAVIOURS, parseTag } from './behaviours.ts';
export { ImageError, type ParsedImage, parseImage } from './image.ts';
export { parseRequestLine, type RequestRecord } from './request-log.ts';
export type { ProgramSetup } from './setup.ts';
