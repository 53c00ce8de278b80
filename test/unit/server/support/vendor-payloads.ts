/** What vendors send, as they document it. */
export const DIGEST = `sha256:${'4d'.repeat(32)}`;

/** GitHub, "Webhook events and payloads", package, shortened to what is read and a little more. */
export const GITHUB_PACKAGE = {
  action: 'published',
  package: {
    ...{ id: 10696, name: 'reviews', namespace: 'Acme', ecosystem: 'CONTAINER', package_type: 'CONTAINER' },
    package_version: {
      ...{ id: 95, version: DIGEST, html_url: 'https://github.com/orgs/Acme/packages/container/reviews/95' },
      container_metadata: { tag: { name: 'v3', digest: DIGEST }, labels: {}, manifest: {} },
      created_at: '2026-11-21T11:00:00Z',
    },
  },
  repository: { full_name: 'Acme/reviews' },
  sender: { login: 'octocat' },
};
/** GitLab, "Webhook events", deployment events. */
export const GITLAB_DEPLOYMENT = {
  ...{
    object_kind: 'deployment',
    status: 'success',
    status_changed_at: '2026-11-21 12:50:00 +0200',
    deployment_id: 15,
  },
  ...{ deployable_id: 796, deployable_url: 'https://gitlab.com/acme/reviews/-/jobs/796', environment: 'staging' },
  project: { id: 30, name: 'reviews', path_with_namespace: 'acme/reviews' },
  ...{ short_sha: '279484c0', user: { id: 1, name: 'Administrator', username: 'root' }, commit_title: 'Add new file' },
};
export const REPOSITORY = {
  name: 'reviews',
  namespace: 'bookinfo',
  repo_full_name: 'bookinfo/reviews',
  repo_type: 'private',
};
export const RESOURCE = { digest: DIGEST, tag: 'v3', resource_url: 'registry.example.com/bookinfo/reviews:v3' };
/** Harbor, "Configure webhook notifications": default and CloudEvents format. */
export const HARBOR_PUSH = {
  ...{ type: 'PUSH_ARTIFACT', occur_at: 1_680_501_893, operator: 'harbor-jobservice' },
  event_data: { resources: [RESOURCE], repository: REPOSITORY },
};
export const HARBOR_CLOUD = {
  ...{ specversion: '1.0', id: '66ac88ad-8cc7-47e4-a4e3-6d2a5a6c5a3b', source: '/projects/1/webhook/policies/15' },
  ...{
    type: 'harbor.artifact.pushed',
    datacontenttype: 'application/json',
    time: '2026-11-21T07:11:33Z',
    operator: 'admin',
  },
  data: { resources: [RESOURCE], repository: REPOSITORY },
};
export const PLAIN = { image: 'registry.example.com/bookinfo/reviews:v3' };
export const CLOUD = { specversion: '1.0', id: 'a-1', source: '/ci', type: 'example.pushed', data: PLAIN };
export const OWN = { kind: 'pushed', repo: 'bookinfo/reviews', tag: 'v3', who: 'ann\n', uuid: 'not a plain id' };
export const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
export const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': '/ci', 'ce-type': 'example.pushed' };
/** CDEvents 0.5, its conformance samples with our image. */
export const PURL = `pkg:oci/reviews@${DIGEST.replace(':', '%3A')}?repository_url=registry.example.com/bookinfo/reviews&tag=v3-RC1`;
const cdEvent = (type: string, subject: object) => ({
  ...{ specversion: '1.0', id: '271069a8-fc18-44f1-b38f-9d70a1695819', source: '/event/source/123', type },
  data: {
    context: {
      ...{ specversion: '0.5.1', id: '271069a8-fc18-44f1-b38f-9d70a1695819', source: '/event/source/123', type },
      ...{ timestamp: '2026-11-21T14:27:05.315384Z', chainId: '4c8cb7dd-3448-41de-8768-eec704e2829b' },
    },
    subject: { source: '/event/source/123', ...subject },
  },
});
export const published = (id: string) =>
  cdEvent('dev.cdevents.artifact.published.0.3.0', { id, content: { user: 'mybot-myapp' } });
export const deployed = (artifactId: string) =>
  cdEvent('dev.cdevents.service.deployed.0.2.0', {
    ...{ id: 'mySubject123', type: 'service', content: { environment: { id: 'test123' }, artifactId } },
  });
export const CD_IMAGE = `registry.example.com/bookinfo/reviews:v3-RC1@${DIGEST}`;
export const IMAGE = `registry.example.com/bookinfo/reviews:v3@${DIGEST}`;
