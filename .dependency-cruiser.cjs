/** Who may know whom (see "Rooms" in CONTRIBUTING.md). */
const inside = (...folders) => `^src/(${folders.join('|')})/`;

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans-of-rules',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(lab|test|bench|examples|tools)/' },
    },
    {
      name: 'extras-by-the-door',
      comment: 'packages beside the core know what it exports and nothing else',
      severity: 'error',
      from: { path: '^extras/([^/]+)/src/' },
      to: {
        path: '^(src|lab|test|bench|examples|tools|extras)/',
        pathNot: ['^src/(server|worker|cli|contract)/index\\.ts$', '^src/index\\.ts$', '^extras/$1/'],
      },
    },
    {
      name: 'core-without-extras',
      severity: 'error',
      from: { path: '^(src|tools)/' },
      to: { path: '^extras/' },
    },
    {
      name: 'pure-core',
      comment: 'contract and judge are plain logic: no Node, no library, nothing else of ours',
      severity: 'error',
      from: { path: inside('contract', 'judge') },
      to: { pathNot: [inside('contract', 'judge'), 'node_modules/@temporalio/common/'] },
    },
    {
      name: 'workflows-are-deterministic',
      comment: "workflows know contract, judge and Temporal's workflow package",
      severity: 'error',
      from: { path: inside('workflows') },
      to: {
        pathNot: [inside('workflows', 'contract', 'judge'), 'node_modules/@temporalio/(workflow|common)/'],
      },
    },
    {
      name: 'activities-know-the-outside',
      severity: 'error',
      from: { path: inside('activities') },
      to: { path: inside('workflows', 'server', 'cli', 'worker', 'watcher', 'intake', 'audit') },
    },
    {
      name: 'only-offer-has-a-temporal-client',
      severity: 'error',
      from: {
        path: inside('activities'),
        pathNot:
          '^src/activities/(make-offer|hand-over-news|reconcile/(rollout-namespaces|unserved-clusters|without-workflow)|index)\\.ts$',
      },
      to: { path: 'node_modules/@temporalio/client/' },
    },
    {
      name: 'outside-adapters-know-no-callers',
      severity: 'error',
      from: { path: inside('kubernetes', 'routers', 'metrics', 'notify', 'temporal') },
      to: { path: inside('workflows', 'activities', 'server', 'cli', 'worker', 'watcher', 'intake', 'audit') },
    },
    {
      name: 'plans-ask-what-routers-can-do',
      comment: 'and know nothing else of them',
      severity: 'error',
      from: { path: inside('plan') },
      to: { path: inside('routers'), pathNot: '^src/routers/registry\\.ts$' },
    },
    {
      name: 'importing-is-pure',
      comment: 'objects in, plans out: it knows what a plan is, and which routes there are',
      severity: 'error',
      from: { path: inside('importing') },
      to: { path: '^src/', pathNot: [inside('importing', 'plan', 'promql'), '^src/routers/registry\\.ts$'] },
    },
    {
      name: 'kubernetes-stands-alone',
      severity: 'error',
      from: { path: inside('kubernetes', 'metrics', 'notify') },
      to: { path: inside('routers') },
    },
    {
      name: 'the-second-reader-of-rights-shares-nothing-with-the-first',
      severity: 'error',
      from: { path: '^test/support/rights-table\\.ts$' },
      to: { path: '^src/' },
    },
    {
      name: 'tiers-share-in-test-support',
      comment: 'what one tier has for itself is not used by another; only unit tests test it',
      severity: 'error',
      from: { path: '^test/(workflow|replay|lab|faults)/' },
      to: { path: '^test/(unit|workflow|replay|lab|faults)/', pathNot: '^test/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
