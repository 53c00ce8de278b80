/** Vendors as data: how they sign, how their events read, whose tokens they are. Sources: their documentation of webhooks and tokens. */
import type { SenderTokens } from '../installation/index.ts';
import type { SignatureScheme } from '../network/signing.ts';
import { STANDARD_WEBHOOKS } from '../network/standard-webhooks.ts';
import type { EventReading } from './reading.ts';

const SECRET: Omit<SignatureScheme, 'header'> = { prefix: '', encoding: 'hex', toleranceMs: 300_000, key: 'text' };

export const SIGNATURES = {
  'standard-webhooks': { ...STANDARD_WEBHOOKS, read: 'sluice' },
  github: { ...SECRET, header: 'x-hub-signature-256', prefix: 'sha256=', signed: '{body}', read: 'github' },
  /** Its signing tokens. */
  gitlab: { ...STANDARD_WEBHOOKS, read: 'gitlab' },
  'gitlab-token': { ...SECRET, header: 'x-gitlab-token', read: 'gitlab' },
  harbor: { ...SECRET, header: 'authorization', read: 'harbor' },
} satisfies Record<string, SignatureScheme & { read: keyof typeof READINGS }>;

function githubPackage(key: string): EventReading {
  return {
    when: { '/action': ['published', 'updated'], [`/${key}/package_type`]: ['CONTAINER', 'container'] },
    image: `ghcr.io/{/${key}/namespace}/{/${key}/name}`,
    tag: `/${key}/package_version/container_metadata/tag/name`,
    digest: `/${key}/package_version/version`,
    by: '/sender/login',
    reason: `pushed to GitHub Packages, {/${key}/package_version/html_url}`,
    builtAt: `/${key}/package_version/created_at`,
  };
}

/** Of the version of their specification nothing is read that has changed with it. */
function cdEvent(what: string, purl: string): EventReading {
  return {
    cloudEvent: true,
    when: { '/type': [`dev.cdevents.${what}.*`], [purl]: ['pkg:oci/*'] },
    image: purl,
    by: '/data/subject/content/user',
    reason: `${what}, says {/source}`,
    builtAt: '/data/context/timestamp',
    id: '{/source} {/id}',
  };
}

const HARBOR = { image: '/resource_url', tag: '/tag', digest: '/digest', by: '/operator', reason: 'pushed to Harbor' };

/** Alternatives: the first whose conditions hold reads the event. */
export const READINGS = {
  sluice: [{ event: '' }],
  cloudevents: [{ cloudEvent: true, event: '/data', id: '{/source} {/id}' }],
  cdevents: [
    cdEvent('artifact.published', '/data/subject/id'),
    cdEvent('service.deployed', '/data/subject/content/artifactId'),
  ],
  github: [githubPackage('package'), githubPackage('registry_package')],
  gitlab: [
    {
      when: { '/object_kind': ['deployment'], '/status': ['success'] },
      image: 'registry.gitlab.com/{/project/path_with_namespace}',
      tag: '/short_sha',
      by: '/user/username',
      reason: 'deployed to {/environment}, {/deployable_url}',
      builtAt: '/status_changed_at',
    },
  ],
  harbor: [
    { ...HARBOR, when: { '/type': ['PUSH_ARTIFACT'] }, each: '/event_data/resources', builtAt: '/occur_at' },
    {
      ...HARBOR,
      cloudEvent: true,
      when: { '/type': ['harbor.artifact.pushed'] },
      each: '/data/resources',
      builtAt: '/time',
      id: '{/source} {/id}',
    },
  ],
} satisfies Record<string, EventReading[]>;

/** What their claims say. */
export const ISSUERS = {
  github: {
    issuer: 'https://token.actions.githubusercontent.com',
    keys: 'https://token.actions.githubusercontent.com/.well-known/jwks',
    algorithms: ['RS256' as const],
    by: '/actor',
    reason: '{/workflow} of {/repository} at {/ref}, https://github.com/{/repository}/actions/runs/{/run_id}',
    repository: '/repository',
  },
  gitlab: {
    issuer: 'https://gitlab.com',
    keys: 'https://gitlab.com/oauth/discovery/keys',
    algorithms: ['RS256' as const],
    by: '/user_login',
    reason: 'pipeline of {/project_path} at {/ref}, {/iss}/{/project_path}/-/pipelines/{/pipeline_id}',
    repository: '/project_path',
  },
} satisfies Record<string, Partial<SenderTokens>>;
