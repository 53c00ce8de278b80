/** What `sluice server`, `worker` and `dev` have in common. */
import { InvalidArgumentError, Option } from 'commander';
import type { MetricsAddress } from '../../../telemetry/page.ts';
import { SettingError } from '../../../worker/setting-error.ts';
import { CliError } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import { wholeValue } from './options.ts';

/** A worker with one is versioned, see docs/use/versioning.md. */
export function buildIdOption(): Option {
  return new Option('--build-id <id>', 'version of this worker for Temporal (default: not versioned)').argParser(
    buildId,
  );
}

export function buildId(text: string): string {
  if (/^[\w.+-]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('Write letters, digits, dots, underscores, plus and minus signs.');
}

export const portValue = wholeValue(0, 65_535);

/** Whoever reads it needs no login, so it is for this machine alone unless a host is named. */
export function metricsOption(): Option {
  return new Option(
    '--metrics <[host:]port>',
    'answer /metrics there, in the format of Prometheus; host: default 127.0.0.1 (default: nowhere)',
  ).argParser(metricsAddress);
}

/** `9464`, `0.0.0.0:9464`, `[::]:9464` */
export function metricsAddress(text: string): MetricsAddress {
  const [, host = '127.0.0.1', port = ''] = /^(?:(\[[\da-fA-F:.]{2,45}\]|[\w.-]{1,253}):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw new InvalidArgumentError('Write a port, 0 to 65535, or HOST:PORT.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** @throws CliError 2: what it was for is in the installation now */
export function refuseActorKey(): void {
  if (process.env.SLUICE_ACTOR_KEY === undefined) return;
  throw new CliError(
    EXIT.usage,
    'SLUICE_ACTOR_KEY is not used any more: one key for everybody proved nothing about who asks',
    'Make a key with sluice key init, write key, servers and people into sluice.yaml, and take the variable away.',
  );
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(EXIT.interrupted);
      asked = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/** What keeps a process from starting is nearly always a setting. */
export function startFailed(error: unknown): never {
  if (error instanceof SettingError) throw new CliError(EXIT.usage, error.message, error.hint);
  if (error instanceof RangeError) throw new CliError(EXIT.usage, error.message);
  throw new CliError(EXIT.unexpected, error instanceof Error ? error.message : String(error));
}
