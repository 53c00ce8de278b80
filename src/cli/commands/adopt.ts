import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AdoptionAsked, ControllerKind } from '../../adopting/found.ts';
import type { Adoption } from '../../adopting/steps.ts';
import type { RouteRef } from '../../contract/plan.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { adoptionData, adoptionLines } from '../render/adopting.ts';
import { settingsOf } from '../settings.ts';
import { interruptible } from '../terminal/interruptible.ts';
import { openTerminal, show, type Terminal } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';
import { type ObjectName, objectName } from './shared/object-name.ts';
import { namespaceOption } from './shared/options.ts';
import { unanswered } from './shared/unanswered.ts';
import { writeNew, yamlText } from './shared/write-new.ts';

interface AdoptFlags extends InstallationFlags, Pick<AdoptionAsked, 'mode' | 'source'> {
  namespace?: string;
  route: string[];
  metrics?: string;
  yes?: boolean;
  restart?: boolean;
  to?: string;
  undo?: boolean;
  kubeconfig?: string;
}

const EXAMPLES = `Examples:
  sluice adopt demo/shop --route HTTPRoute/shop         show what it would make, and why
  sluice adopt demo/shop --route HTTPRoute/shop --yes   make it
  sluice adopt demo/shop --route HTTPRoute/shop --to deploy/    files for Git instead
  sluice adopt demo/shop --undo                         take it back
  sluice adopt canary/menu -n retail --yes              a pair of Flagger's: frees what the Canary owns
  sluice adopt rollout/pond -n releases --yes           a Deployment beside Argo's Rollout, then its users
`;

/** Longest wait for pods that restart, ms. */
const PATIENCE_MS = 10 * 60_000;

/** `sluice adopt` */
export function addAdopt(program: Command): void {
  program
    .command('adopt <object>')
    .description('make primary, canary and plan of a Deployment, Canary or Rollout under its users')
    .addOption(namespaceOption('the object'))
    .option('--route <kind/name>', 'route of its users, or KIND/NAMESPACE/NAME; default: the Service', collect, [])
    .addOption(
      new Option('--mode <mode>', 'of a Service: all users at once, or both sides by their pods')
        .choices(['switch', 'pods'])
        .default('switch'),
    )
    .addOption(
      new Option('--source <who>', 'who brings new versions: deploy events, or people and Git by the canary')
        .choices(['event', 'canary'])
        .default('event'),
    )
    .option('--metrics <where>', 'address of Prometheus, or a metric source (default: signals of the pods)')
    .option('--yes', 'do it')
    .option('--restart', 'with --yes: also where pods must restart for it')
    .addOption(
      new Option('--to <dir>', 'write NAME.yaml and NAME.objects.yaml there; no file is replaced').conflicts([
        'yes',
        'undo',
      ]),
    )
    .addOption(new Option('--undo', 'remove what it made, at rest').conflicts(['yes']))
    .option('--kubeconfig <file>', 'default: KUBECONFIG, ~/.kube/config, then the pod service account')
    .addOption(installationOption())
    .addHelpText('before', EXAMPLES)
    .addHelpText(
      'after',
      '\nAn object is NAME or NAMESPACE/NAME of a Deployment, canary/NAME or rollout/NAME (or KIND/NAMESPACE/NAME).\nOf a Canary and a Rollout the plan is what sluice import says, so --route, --mode, --metrics and --to are not for them.\nEvery write is tried with dryRun=All before the first is made. What is so already is left: calling again goes on.\nExit 0: shown or done. 12: something forbids it, with what would help. 9: somebody changed it meanwhile.',
    )
    .action(adopt);
}

function collect(text: string, before: string[]): string[] {
  if (/^[A-Za-z]+(\/[a-z0-9][-a-z0-9.]*){1,2}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('Write KIND/NAME or KIND/NAMESPACE/NAME, for example HTTPRoute/shop.');
}

async function adopt(text: string, flags: AdoptFlags, self: Command): Promise<void> {
  const name = adopteeOf(text, flags);
  const terminal = openTerminal(settingsOf(self));
  const { connect } = await import('../../kubernetes/index.ts');
  const connection = connect({ kubeconfig: flags.kubeconfig });
  try {
    await interruptible(async (signal) => {
      const client = connection.until(signal);
      const work = flags.undo ? undo(client, name, flags, terminal) : make(client, name, flags, terminal, signal);
      await work.catch((error) => {
        throw signal.aborted ? new CliError(EXIT.interrupted, 'interrupted') : refusedOr(error);
      });
    });
  } finally {
    await connection.close();
  }
}

type Adoptee = ObjectName & { kind: ControllerKind | 'deployment' };

/** A namespace that is called like a kind has the kind before it. */
function adopteeOf(text: string, { namespace, undo, route, mode, metrics, to }: AdoptFlags): Adoptee {
  const [first = '', ...rest] = text.split('/');
  const kind = (['canary', 'rollout', 'deployment'] as const).find((one) => one === first && rest.length > 0);
  const remedy = 'Write NAME or NAMESPACE/NAME; canary/NAME or rollout/NAME when it is no Deployment.';
  const name = objectName(kind ? rest.join('/') : text, namespace, 'Deployment', remedy);
  const shaped = route.length > 0 || mode !== 'switch' || (metrics ?? to) !== undefined;
  if (kind && kind !== 'deployment' && shaped && !undo)
    throw new CliError(
      EXIT.usage,
      `--route, --mode, --metrics and --to are not for a ${kind}`,
      'Its own fields say it; for files: sluice import --to DIR.',
    );
  return { ...name, kind: kind ?? 'deployment' };
}

function refusedOr(error: unknown): unknown {
  const { name, message, problem } = error as Error & { problem?: { remedy: string } };
  return name === 'CannotAdopt' ? new CliError(EXIT.refused, message, problem?.remedy) : unanswered(error);
}

async function routesOf({ route }: AdoptFlags, namespace: string): Promise<RouteRef[]> {
  const { ROUTE_KINDS } = await import('../../routers/index.ts');
  return route.map((text) => {
    const [kind = '', ...rest] = text.split('/');
    if (!ROUTE_KINDS.includes(kind))
      throw new CliError(EXIT.usage, `"${text}" is no route`, `Write one of ${ROUTE_KINDS.join(', ')}.`);
    const [first = '', second] = rest;
    return second === undefined ? { kind, namespace, name: first } : { kind, namespace: first, name: second };
  });
}

async function make(
  client: KubeClient,
  name: Adoptee,
  flags: AdoptFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const adoption = await lookedAt(client, name, flags, terminal, signal);
  const data = { ...adoptionData(adoption), done: flags.yes === true };
  if (flags.to !== undefined) await writeFiles(flags.to, adoption);
  if (flags.yes) await doIt(client, adoption, flags, terminal);
  const lines = await adoptionLines(adoption, terminal.look);
  show(terminal, data, () =>
    flags.yes || flags.to !== undefined ? adoption.warnings.map((one) => `⚠ ${one}`) : lines,
  );
  terminal.say(nextOf(adoption, flags));
}

async function lookedAt(
  client: KubeClient,
  { kind, ...name }: Adoptee,
  flags: AdoptFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Adoption> {
  const [{ readAdoption }, { readControlled }, { adoptionOf }] = await Promise.all([
    import('../../adopting/cluster/read.ts'),
    import('../../adopting/cluster/around.ts'),
    import('../../adopting/index.ts'),
  ]);
  const { mode, source, metrics: where } = flags;
  const found =
    kind === 'deployment'
      ? await readAdoption(client, name, await routesOf(flags, name.namespace))
      : await readControlled(client, kind, name);
  if (where === undefined) return adoptionOf(found, { mode, source });
  const metrics = /^https?:/.test(where) ? { prometheus: where } : { source: where };
  const first = adoptionOf(found, { mode, source, metrics });
  const [{ metricSources, noFile }, { readySeries }] = await Promise.all([
    import('../../installation/index.ts'),
    import('../../adopting/cluster/ready-series.ts'),
  ]);
  const installation = (await followInstallation(flags, terminal, 'any')) ?? noFile('any');
  const series = await readySeries(metricSources(installation)(metrics), first.plan, signal);
  if (series) return adoptionOf(found, { mode, source, metrics: { ...metrics, series } });
  const nothing = `${where} has no requests of ${name.name} under a name that is known: the plan says Istio's; see sluice doctor`;
  return { ...first, warnings: [...first.warnings, nothing] };
}

async function doIt(
  client: KubeClient,
  { steps, plan }: Adoption,
  { restart }: AdoptFlags,
  terminal: Terminal,
): Promise<void> {
  const { fromGit } = await import('../../adopting/index.ts');
  const [owned] = steps.flatMap(fromGit);
  if (owned) throw new CliError(EXIT.refused, owned, 'Change it there; of a Deployment --to DIR writes the files.');
  const restarts = steps.find((step) => step.restarts)?.restarts;
  if (restarts && !restart)
    throw new CliError(EXIT.refused, `it restarts ${restarts}`, 'Allow it with --restart; nothing was changed.');
  const { carryOut } = await import('../../adopting/cluster/carry-out.ts');
  const claim = `${plan.namespace}/${plan.name}`;
  await carryOut(client, steps, { claim, patienceMs: PATIENCE_MS, tell: (words) => terminal.say(words) });
}

/** The changed objects whole, as Git has them; who owns them there claims nothing by annotations. */
async function writeFiles(dir: string, { steps, plan, document }: Adoption): Promise<void> {
  const { manifestOf } = await import('../../adopting/manifest.ts');
  const objects = steps.slice(0, -1).map((step) => manifestOf(step, plan.workload.source));
  const files = {
    [`${plan.name}.yaml`]: await yamlText([document]),
    [`${plan.name}.objects.yaml`]: await yamlText(objects),
  };
  await writeNew(dir, files);
}

function nextOf({ plan, steps, next }: Adoption, { yes, to }: AdoptFlags): string {
  const name = `${plan.namespace}/${plan.name}`;
  if (to !== undefined) return `Next: sluice doctor ${to}/${plan.name}.yaml; when it is fine, commit both files.`;
  if (!yes)
    return steps.every(({ done }) => done)
      ? `${name} is adopted.`
      : 'Nothing was changed. Do it with --yes, or write files with --to DIR.';
  return `${name} is adopted. ${next ? `Next: ${next}. ` : ''}Take it back: sluice adopt ${name} --undo`;
}

async function undo(
  client: KubeClient,
  { kind: _, ...name }: Adoptee,
  flags: AdoptFlags,
  terminal: Terminal,
): Promise<void> {
  const [{ readUndo }, { undoSteps }, { takeBack }] = await Promise.all([
    import('../../adopting/cluster/around.ts'),
    import('../../adopting/undo.ts'),
    import('../../adopting/cluster/carry-out.ts'),
  ]);
  const steps = undoSteps(await readUndo(client, name, await routesOf(flags, name.namespace)));
  await takeBack(client, steps, (words) => terminal.say(words));
  show(terminal, { undone: steps.map(({ does }) => does) }, () =>
    steps.length > 0 ? [] : ['there is nothing that sluice adopt has made of it'],
  );
}
