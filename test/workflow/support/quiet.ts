import { DefaultLogger, Runtime } from '@temporalio/worker';

/** The SDK's own log lines would drown what a test says; warnings stay. */
Runtime.install({ logger: new DefaultLogger('ERROR') });
