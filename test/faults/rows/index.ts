/** The fault table: every row that can be run. The numbers are those of the project's fault matrix. */
import type { FaultRow } from '../row.ts';
import { AWAY_ROWS } from './away.ts';
import { BACK_ROWS } from './back.ts';
import { BUILD_ROWS } from './builds.ts';
import { CLUSTER_ROWS } from './cluster.ts';
import { INTAKE_ROWS } from './intake.ts';
import { KUBERNETES_ROWS } from './kubernetes.ts';
import { LIFE_ROWS } from './lives.ts';
import { METRIC_ROWS } from './metrics.ts';
import { PEOPLE_ROWS } from './people.ts';
import { POD_ROWS } from './pods.ts';
import { PRIMARY_ROWS } from './primary.ts';
import { RANDOM_ROWS } from './random.ts';
import { REVISION_ROWS } from './revisions.ts';
import { SLACK_ROWS } from './slack.ts';
import { STEP_ROWS } from './steps.ts';
import { TEMPORAL_ROWS } from './temporal.ts';
import { WORKER_ROWS } from './workers.ts';

export const ROWS: FaultRow[] = [
  ...WORKER_ROWS,
  ...INTAKE_ROWS,
  ...TEMPORAL_ROWS,
  ...KUBERNETES_ROWS,
  ...CLUSTER_ROWS,
  ...POD_ROWS,
  ...REVISION_ROWS,
  ...METRIC_ROWS,
  ...PEOPLE_ROWS,
  ...BUILD_ROWS,
  ...AWAY_ROWS,
  ...BACK_ROWS,
  ...PRIMARY_ROWS,
  ...SLACK_ROWS,
  ...STEP_ROWS,
  ...RANDOM_ROWS,
  ...LIFE_ROWS,
].sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));

/** What every merge is held against: `--only minimum`, and in `npm test`. */
export const MINIMUM: readonly string[] =
  'F02 F03 F04 F07 F12 F17 F28 F32 F47 F56 F58 F59 F66 F71 F74 F78 F104 F108 F126 F129'.split(' ');
