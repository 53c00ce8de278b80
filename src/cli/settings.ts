/** What every command knows: the global options with the environment filled in. */
import { type Command, Option } from 'commander';

export interface Settings {
  output: 'text' | 'json' | 'jsonl';
  color: 'auto' | 'always' | 'never';
  /** host:port of the Temporal frontend. */
  temporalAddress: string;
  temporalNamespace: string;
  cluster: string;
  quiet: boolean;
}

interface GlobalOptions {
  output: Settings['output'];
  color: Settings['color'];
  temporal: string;
  temporalNamespace: string;
  cluster: string;
  quiet?: boolean;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(
      new Option('-o, --output <format>', 'how data is printed').choices(['text', 'json', 'jsonl']).default('text'),
    )
    .addOption(
      new Option('--color <when>', 'NO_COLOR and TERM=dumb count as never')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .addOption(
      new Option('--temporal <address>', 'Temporal frontend').env('TEMPORAL_ADDRESS').default('localhost:7233'),
    )
    .addOption(
      new Option('--temporal-namespace <name>', 'Temporal namespace').env('TEMPORAL_NAMESPACE').default('default'),
    )
    .addOption(new Option('--cluster <name>', 'cluster of the rollouts').default('local'))
    .addOption(new Option('-q, --quiet', 'say nothing on stderr but errors'));
}

export function settingsOf(command: Command): Settings {
  const options = command.optsWithGlobals<GlobalOptions>();
  return {
    output: options.output,
    color: options.color,
    temporalAddress: options.temporal,
    temporalNamespace: options.temporalNamespace,
    cluster: options.cluster,
    quiet: options.quiet ?? false,
  };
}
