/** What every command knows: the global options with the environment filled in. */
import { type Command, Option } from 'commander';
import type { TemporalFlags } from '../temporal/config.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';

export interface Settings {
  output: 'text' | 'json' | 'jsonl' | 'html' | 'csv';
  color: 'auto' | 'always' | 'never';
  /** Where the flags say that Temporal is; environment and profile say the rest. */
  temporal: TemporalFlags;
  cluster: string;
  quiet: boolean;
}

interface GlobalOptions {
  output: Settings['output'];
  color: Settings['color'];
  temporal?: string;
  temporalNamespace?: string;
  cluster: string;
  quiet?: boolean;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(
      new Option('-o, --output <format>', 'how data is printed; html and csv: audit alone')
        .choices(['text', 'json', 'jsonl', 'html', 'csv'])
        .default('text'),
    )
    .addOption(
      new Option('--color <when>', 'NO_COLOR and TERM=dumb count as never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--temporal <address>', 'Temporal frontend (default: TEMPORAL_ADDRESS, the profile, 127.0.0.1:7233)')
    .option('--temporal-namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, the profile, "default")')
    .addOption(new Option('--cluster <name>', 'cluster of the rollouts').default('local'))
    .addOption(new Option('-q, --quiet', 'say nothing on stderr but errors'));
}

/** Shown where people look for how to connect. */
export const CONNECTION_HELP = `TLS, client certificates, API keys and profiles are set as for Temporal's own tools: TEMPORAL_PROFILE,
TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_API_KEY …, or a file, see docs/use/connection.md`;

export function settingsOf(command: Command): Settings {
  const options = command.optsWithGlobals<GlobalOptions>();
  if (['html', 'csv'].includes(options.output) && command.name() !== 'audit')
    throw new CliError(
      EXIT.usage,
      `sluice ${command.name()} prints no ${options.output}`,
      'Write -o text, json or jsonl.',
    );
  return {
    output: options.output,
    color: options.color,
    temporal: { address: options.temporal, namespace: options.temporalNamespace },
    cluster: options.cluster,
    quiet: options.quiet ?? false,
  };
}
