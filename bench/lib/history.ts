/** The moments of a workflow run that Temporal wrote into its history. */
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
